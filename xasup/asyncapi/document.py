"""The whole document, put together: servers, channels, operations, components. From the side of a client.

Refuses to know: how it is written down.
"""

from __future__ import annotations

import re
from typing import Any

from xasup.asyncapi.channels import LogStream, Topic, Use, all_streams, all_topics
from xasup.asyncapi.messages import all_messages
from xasup.asyncapi.schemas import all_schemas
from xasup.protocol import ids
from xasup.protocol.topics import ROOT
from xasup.runtime.settings import Settings

Object = dict[str, Any]

_MQTT = {"mqtt": "mqtt_port", "mqtts": "mqtts_port", "ws": "ws_port", "wss": "wss_port"}
_PARAMETERS = {
    "to": "whose mailbox it is",
    "from": "who acts: the user that is connected",
    "user": "the user that is connected",
    "group": "the group",
}
_DESCRIPTION = (
    f"XasUp speaks plain MQTT. Every topic is `{ROOT}/<space>/<owner>/<kind>/<actor>`: *owner* is whose mailbox it is, "
    f"*actor* who acts, which the broker guarantees. A device subscribes to `{ROOT}/u/{{me}}/#`, to "
    f"`{ROOT}/g/{{group}}/#` of each of its groups, and to the presence of each contact. The log in Kafka is for "
    "services behind the broker. Operations are those of a client, and of a reader of the log. docs/protocol says the "
    "same in words, and more."
)


def document() -> Object:
    """As JSON values, in the order in which it is to be read."""
    topics, streams = list(all_topics()), list(all_streams())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "XasUp",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {
            **{topic.name: _channel(topic) for topic in topics},
            **{stream.name: _log_channel(stream) for stream in streams},
        },
        "operations": {
            **{name: operation for topic in topics for name, operation in _operations(topic).items()},
            **{f"read{stream.name[0].upper()}{stream.name[1:]}": _reading(stream) for stream in streams},
        },
        "components": {
            "messages": all_messages(),
            "schemas": all_schemas(),
            "securitySchemes": {
                "device": {
                    "type": "userPassword",
                    "description": "client id `{user}:{device}`, user name `{user}`, password: the token of the device",
                },
                "log": {
                    "type": "scramSha256",
                    "description": "of our own Kafka; user and password: `kafka/kcat.conf` in its data folder",
                },
            },
        },
    }


def _servers() -> Object:
    fields = Settings.model_fields
    mqtt = {
        name: {
            "host": f"127.0.0.1:{fields[port].default}",
            "protocol": name,
            "protocolVersion": "5.0",
            "description": f"{fields[port].description}; 3.1.1 is welcome too",
            "security": [{"$ref": "#/components/securitySchemes/device"}],
        }
        for name, port in _MQTT.items()
    }
    kafka = {
        "host": f"127.0.0.1:{fields['kafka_port'].default}",
        "protocol": "kafka",
        "description": "the log",
        "security": [{"$ref": "#/components/securitySchemes/log"}],
    }
    return mqtt | {"kafka": kafka}


def _channel(topic: Topic) -> Object:
    channel: Object = {
        "address": topic.address,
        "description": f"{topic.said} May publish: {topic.use.publish}. Receives it: {topic.use.receive}.",
        "servers": [{"$ref": f"#/servers/{name}"} for name in _MQTT],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in topic.messages},
    }
    if parameters := dict.fromkeys(re.findall(r"{(\w+)}", topic.address)):
        channel["parameters"] = {name: {"description": _parameter(name)} for name in parameters}
    return channel


def _parameter(name: str) -> str:
    return f"{_PARAMETERS[name]}; {ids.NAME_RULE}"


def _log_channel(stream: LogStream) -> Object:
    return {
        "address": str(stream.stream),
        "description": stream.said,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in stream.messages},
        "bindings": {"kafka": {"topic": str(stream.stream), "bindingVersion": "0.5.0"}},
    }


def _operations(topic: Topic) -> Object:
    found = {}
    name = topic.name[0].upper() + topic.name[1:]
    if topic.sent:
        found[f"send{name}"] = _operation("send", topic.name, topic.messages, _bindings(topic.use))
    if topic.received:
        found[f"receive{name}"] = _operation("receive", topic.name, topic.messages, _bindings(topic.use))
    if channel := topic.answer[0]:
        found[f"send{name}"]["reply"] = {"channel": _to(channel), "messages": _messages(*topic.answer)}
    return found


def _reading(stream: LogStream) -> Object:
    return _operation("receive", stream.name, tuple(stream.messages))


def _operation(action: str, channel: str, messages: tuple[str, ...], bindings: Object | None = None) -> Object:
    operation = {"action": action, "channel": _to(channel), "messages": _messages(channel, messages)}
    return operation | ({"bindings": bindings} if bindings else {})


def _bindings(use: Use) -> Object:
    return {"mqtt": {"qos": use.qos, "retain": use.retained, "bindingVersion": "0.2.0"}}


def _to(channel: str) -> Object:
    return {"$ref": f"#/channels/{channel}"}


def _messages(channel: str, names: tuple[str, ...]) -> list[Object]:
    return [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names]
