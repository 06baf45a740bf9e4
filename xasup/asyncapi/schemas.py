"""What travels, as JSON Schema: requests from their models, the rest from the words of its builders.

Refuses to know: where it travels.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from xasup.protocol import access, envelope, events, ids, receipts, requests
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.errors import Code
from xasup.protocol.groups import Role
from xasup.protocol.states import State
from xasup.protocol.streams import SPEC_VERSION, Header, Stream, Type

Schema = dict[str, Any]

NAME: Schema = {"type": "string", "pattern": f"^{ids.NAME_PATTERN}$"}
ID: Schema = {"type": "string", "pattern": f"^{ids.MESSAGE_ID_PATTERN}$"}
TEXT: Schema = {"type": "string"}
MS: Schema = {"type": "integer", "minimum": 0, "description": "milliseconds since the epoch"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
IDS: Schema = {"type": "array", "items": ID, "maxItems": receipts.BATCH}
POSITION: Schema = {"type": "string", "pattern": r"^[0-9]+/[0-9-]+$", "description": "shard/offset"}


def all_schemas() -> dict[str, Schema]:
    """By name, as they stand under `#/components/schemas`."""
    return {
        **_payloads(),
        **{name: schema for service in requests.type_of for name, schema in _requests(service)},
        **_news(),
        **{f"Answer{service.capitalize()}": _answer(fields) for service, fields in _ANSWERS.items()},
        "Refusal": _refusal(),
        **{headers_name(type): headers(type) for type in Type},
    }


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def request_names(service: str) -> list[str]:
    """The schemas of what *service* may be asked."""
    return [name for name, _ in _requests(service)]


def headers_name(type: Type) -> str:
    return f"Headers{type.name.title().replace('_', '')}"


def headers(type: Type) -> Schema:
    """Of a record of this *type*."""
    always = (Header.SPEC, Header.ID, Header.SOURCE, Header.TYPE, Header.TIME)
    fields: dict[str, Schema] = {str(header): TEXT for header in Header if header is not Header.REASON}
    fields[Header.SPEC], fields[Header.TYPE] = {"const": SPEC_VERSION}, {"const": str(type)}
    fields[Header.TIME] = {"type": "string", "format": "date-time"}
    if type in (Type.DEAD_LETTER, Type.SETTLED):
        fields[Header.REASON] = TEXT
    return {"type": "object", "required": [str(header) for header in always], "properties": fields}


def _payloads() -> dict[str, Schema]:
    counted = {"type": "integer", "minimum": 0, "maximum": (1 << 53) - 1}
    words = {"id": ID, "text": {"type": "string", "minLength": 1}}
    more = {"ts": MS, "n": counted, "re": ID, "src": TEXT, "low": counted}
    lists = {"delivered": IDS, "read": IDS, "refused": {"type": "object", "additionalProperties": TEXT}}
    decision = {"what": TEXT, "by": TEXT, "ts": MS, "subject": {"type": "array", "items": TEXT}}
    return {
        "Message": _object(envelope.Message.__doc__, words, more),
        "PlainText": {"type": "string", "description": _said(envelope.PlainText.__doc__)},
        "Receipt": _object(receipts.Receipt.__doc__, {}, lists),
        "Typing": {"description": f"Empty, or anything; at most {access.MAX_PAYLOAD:,} bytes."},
        "Presence": _object(events.presence.__doc__, {"online": FLAG, "device": NAME, "ts": MS}),
        "Disconnect": _object(events.disconnect.__doc__, {"op": {"const": "disconnect"}, "client": TEXT}),
        "Settled": _object("Which dead letter an administrator has settled.", {"position": POSITION, "how": TEXT}),
        "Decision": _object("Who decided what about whom: every change of contacts, groups and devices.", decision),
    }


def _requests(service: str) -> Iterator[tuple[str, Schema]]:
    schema = requests.type_of[service].json_schema(ref_template="#/components/schemas/{model}")
    for name, model in schema["$defs"].items():
        yield name, _untitled(model)


def _untitled(value: Any) -> Any:
    """Without the titles that the models give: the names of the fields once more."""
    if isinstance(value, list):
        return [_untitled(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _untitled(each) for key, each in value.items() if key != "title" or not isinstance(each, str)}
    return kept | ({"description": _said(kept["description"])} if isinstance(kept.get("description"), str) else {})


def _news() -> dict[str, Schema]:
    sided = {"user": NAME, "mine": _one_of(Edge), "theirs": _one_of(Told), "ts": MS}
    role = {"group": NAME, "role": _one_of(Role), "by": TEXT, "ts": MS}
    refused = {"topic": TEXT, "reason": _one_of(access.Reason)}
    stored = {"stream": {"const": str(Stream.MESSAGES)}, "ids": IDS, "positions": IDS | {"items": POSITION}}
    rejected = {"id": _or_null(ID), "topic": TEXT, "code": _one_of(Code), "reason": TEXT}
    device = {"device": NAME, "linked": FLAG, "by": TEXT, "ts": MS}
    return {
        "Contact": _event(events.CONTACT, events.contact.__doc__, sided, {"greeting": TEXT}),
        "Group": _event(events.GROUP, events.group.__doc__, role | {"name": TEXT}),
        "Member": _event(events.MEMBER, events.member.__doc__, role | {"user": NAME}, {"name": TEXT}),
        "Device": _event(events.DEVICE, events.device.__doc__, device, _LABEL | {"renamed": FLAG}),
        "Stored": _event(events.STORED, events.stored.__doc__, stored),
        "Rejected": _event(events.REJECTED, events.rejected.__doc__, rejected),
        "Refused": _event(events.REFUSED, "A publish that the broker refused; at most one a second is told.", refused),
        "Connected": _event(
            events.CONNECTED, "To `svc-devices` alone: a device has connected.", {"user": NAME, "device": NAME}
        ),
    }


def _answer(fields: dict[str, Schema]) -> Schema:
    base = {"event": {"const": events.ANSWER}, "id": ID, "op": TEXT, "ok": {"const": True}}
    return _object(events.answer.__doc__, base, fields)


def _refusal() -> Schema:
    base = {"event": {"const": events.ANSWER}, "id": _or_null(ID), "op": _or_null(TEXT), "ok": {"const": False}}
    return _object(events.refusal.__doc__, base | {"code": _one_of(Code), "reason": TEXT})


def _event(
    word: str, said: str | None, required: dict[str, Schema], optional: dict[str, Schema] | None = None
) -> Schema:
    return _object(said, {"event": {"const": word}, **required}, optional)


def _object(said: str | None, required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """Fields that are not named are to be ignored, so none are forbidden."""
    schema: Schema = {"type": "object"}
    if said:
        schema["description"] = _said(said)
    if required:
        schema["required"] = list(required)
    return schema | {"properties": required | (optional or {})}


def _listed(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {"type": "array", "items": _object(None, required, optional)}


def _one_of(words: type[StrEnum]) -> Schema:
    return {"type": "string", "enum": [str(word) for word in words]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _said(text: str | None) -> str:
    return " ".join((text or "").split())


# What an answer says besides, by service; which of them depends on the request's `op`.
_NEXT = {"next": TEXT, "ts": MS}
_SIDED = {"user": NAME, "mine": _one_of(Edge), "theirs": _one_of(Told), "ts": MS}
_ROLE = {"role": _one_of(Role), "ts": MS}
_DEVICE = {"device": NAME, "expires": COUNT}
_LABEL = {"code": FLAG, "label": TEXT}
_ENTRY = {"topic": TEXT, "ts": MS, "log": POSITION}
_ANSWERS: dict[str, dict[str, Schema]] = {
    "contacts": {**_SIDED, "greeting": TEXT, "contacts": _listed(_SIDED, {"greeting": TEXT}), **_NEXT},
    "groups": {
        "group": NAME,
        "name": TEXT,
        "user": NAME,
        "role": _one_of(Role),
        "groups": _listed({"group": NAME, "name": TEXT, **_ROLE}),
        "members": _listed({"user": NAME, **_ROLE}),
        **_NEXT,
    },
    "devices": {
        **_DEVICE,
        "linked": FLAG,
        **_LABEL,
        "devices": _listed({**_DEVICE, "created": MS, "by": TEXT, "seen": MS}, _LABEL),
        **_NEXT,
    },
    "history": {
        "entries": _listed(_ENTRY, {"payload": TEXT, "base64": TEXT}),
        "position": TEXT,
        "more": FLAG,
        "left": COUNT,
        "reset": {"const": True},
        "message": ID,
        "sender": NAME,
        "states": _listed({"state": _one_of(State), "ts": MS}, {"by": NAME}),
    },
}
