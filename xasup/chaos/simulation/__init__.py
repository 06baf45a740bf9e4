"""The real engine, bridge and history on a simulated clock, network, broker, disk and log: a run is decided by its
seed, and takes milliseconds."""
