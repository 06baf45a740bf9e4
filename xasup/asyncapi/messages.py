"""The messages of all channels, as AsyncAPI has them: by which schema, and the headers and the key of a record.

Refuses to know: the channels.
"""

from __future__ import annotations

from typing import Any

from xasup.asyncapi import schemas
from xasup.asyncapi.channels import LOGGED, NEWS, answers_of
from xasup.protocol import requests
from xasup.protocol.streams import ROUTES, Type

Message = dict[str, Any]

_JSON, _PLAIN, _ANY = "application/json", "text/plain", "application/octet-stream"
_PAYLOADS = {  # of records that have the payload of a message of MQTT: of which one
    "loggedMessage": "Message",
    "loggedPlainText": "PlainText",
    "loggedReceipt": "Receipt",
    "loggedMembership": "Group",
    "loggedDecision": "Decision",
    "settledLetter": "Settled",
}
_KEYS = {
    Type.DECISION: "the id of whom it is about",
    Type.DEAD_LETTER: "the topic, as it came",
    Type.SETTLED: "that of the dead letter",
} | {
    type: " or ".join(dict.fromkeys(route.key for route in ROUTES.values() if route.type is type))
    for type in {route.type for route in ROUTES.values()}
}


def all_messages() -> dict[str, Message]:
    """By name, as they stand under `#/components/messages`."""
    found = {name: _message(name, schema) for name, schema in _schemas().items()}
    for type, names in LOGGED.items():
        found |= {name: _record(name, type) for name in names}
    return found


def _schemas() -> dict[str, schemas.Schema]:
    names = ("message", "plainText", "receipt", "typing", "presence", "member", "disconnect", "refusal")
    plain = (*names, *(name for service in NEWS for name in (*NEWS[service], *answers_of(service)[:1])))
    asked = {
        f"request{service.capitalize()}": {"oneOf": [schemas.ref(name) for name in schemas.request_names(service)]}
        for service in requests.type_of
    }
    return {name: schemas.ref(name[0].upper() + name[1:]) for name in plain} | asked


def _message(name: str, payload: schemas.Schema) -> Message:
    kind = {"plainText": _PLAIN, "typing": _ANY}.get(name, _JSON)
    return {"name": name, "contentType": kind, "payload": payload}


def _record(name: str, type: Type) -> Message:
    kind = _PLAIN if name == "loggedPlainText" else _JSON if name in _PAYLOADS else _ANY
    payload = schemas.ref(_PAYLOADS[name]) if name in _PAYLOADS else {"description": "The payload, byte for byte."}
    key = {"type": "string", "description": _KEYS[type]}
    return {
        "name": name,
        "contentType": kind,
        "headers": schemas.ref(schemas.headers_name(type)),
        "payload": payload,
        "bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}},
    }
