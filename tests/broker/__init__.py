"""Of the broker: the plugin on a real Mosquitto, the configuration, the launcher."""
