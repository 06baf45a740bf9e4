"""The broker: Mosquitto's configuration, its plugin, its start, and the projector that feeds the plugin's directory."""
