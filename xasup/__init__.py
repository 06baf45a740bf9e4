"""XasUp: a messaging backend whose client protocol is plain MQTT."""

__version__ = "0.1.0"
