"""Good things spoiled by dice, by the ten thousand: packets, payloads, requests, command lines, configuration files."""
