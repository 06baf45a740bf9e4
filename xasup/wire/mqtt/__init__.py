"""The MQTT port: one connection to the broker, MQTT 5, over aiomqtt. Refuses to know what topics and payloads mean."""

from xasup.wire.mqtt.values import Address, Done, Incoming, Subscription, Will
from xasup.wire.mqtt.wire import Wire, connect

__all__ = ["Address", "Done", "Incoming", "Subscription", "Will", "Wire", "connect"]
