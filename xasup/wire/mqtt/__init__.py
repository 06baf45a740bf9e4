"""The MQTT port: one connection to the broker, MQTT 5, over aiomqtt. Refuses to know what topics and payloads mean."""

from xasup.wire.mqtt.sniff import Peer, sniff
from xasup.wire.mqtt.values import Address, Cause, Done, Incoming, NoWay, Subscription, Will
from xasup.wire.mqtt.wire import Wire, connect

__all__ = [
    "Address",
    "Cause",
    "Done",
    "Incoming",
    "NoWay",
    "Peer",
    "Subscription",
    "Will",
    "Wire",
    "connect",
    "sniff",
]
