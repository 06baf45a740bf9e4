"""MQTT → log: everything that is to be kept, acknowledged to the broker once it is."""
