"""What honest programs send: the seeds of what is spoiled. Data.

Refuses to know: how it is spoiled, where it goes.
"""

from __future__ import annotations

import struct
from typing import Any

from xasup.chaos import raw
from xasup.protocol import topics
from xasup.protocol.ids import ClientId, UserId
from xasup.wire.mqtt import packets as ours

_ID, _OTHER = "0192f0c1-7a3b-7c4d-8e5f-6a7b8c9d0e1f", "0192f0c1-0000-7000-8000-000000000001"
_TS = 1_792_000_000_000
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

MESSAGES: tuple[dict[str, Any], ...] = (
    {"id": _ID, "ts": _TS, "n": 17, "text": "on my way", "re": _OTHER, "src": "5f3a09c1"},
    {"id": _OTHER, "ts": _TS, "n": 1, "text": "äöü 🙂 " * 20, "edit": _ID, "unknown": [1, {"x": None}]},
    {"id": "m1", "text": "short"},
)
RECEIPTS: tuple[dict[str, Any], ...] = (
    {"delivered": [_ID, _OTHER], "read": [_ID], "refused": {_OTHER: "too long"}},
    {"delivered": [f"id-{number}" for number in range(500)]},
)
_ANSWER = {"event": "answer", "id": "d3", "ok": True, "next": "", "ts": _TS}
EVENTS: dict[str, tuple[dict[str, Any], ...]] = {
    "contacts": (
        {"event": "contact", "user": "eve", "mine": "asked", "theirs": "none", "ts": _TS, "greeting": "We met"},
        {"event": "contact", "user": "alice", "mine": "accepted", "theirs": "accepted", "ts": _TS},
        _ANSWER | {"op": "list", "contacts": [{"user": "eve", "mine": "accepted", "theirs": "accepted", "ts": _TS}]},
        _ANSWER | {"op": "ask", "ok": False, "code": "unknown-user", "reason": "there is no such user"},
    ),
    "groups": (
        {"event": "group", "group": "hikers", "name": "Hikers", "role": "invited", "by": "eve", "ts": _TS},
        {"event": "member", "group": "hikers", "user": "bob", "role": "member", "by": "bob", "ts": _TS, "name": "New"},
        _ANSWER | {"op": "members", "group": "hikers", "members": [{"user": "eve", "role": "owner", "ts": _TS}]},
    ),
    "devices": (
        {"event": "device", "device": "phone", "linked": True, "by": "bob", "ts": _TS, "label": "Old", "renamed": True},
        _ANSWER | {"op": "list", "devices": [{"device": "phone", "expires": 0, "created": _TS, "by": "a", "seen": 1}]},
    ),
    "history": (
        _ANSWER
        | {
            "op": "since",
            "entries": [
                {
                    "topic": "xasup/v1/u/bob/msg/eve",
                    "payload": '{"id":"0199-1","ts":1792000000000,"n":1,"text":"Hello"}',
                    "ts": _TS,
                    "log": "3/1024",
                },
                {"topic": "xasup/v1/u/eve/receipt/bob", "base64": "//4B", "ts": _TS, "log": "1/17"},
            ],
            "position": "8f14e45fceea167a.52990",
            "more": False,
            "left": 41,
        },
        _ANSWER
        | {"op": "states", "message": _ID, "sender": "eve", "states": [{"state": "read", "by": "bob", "ts": 1}]},
    ),
    "bridge": (
        {"event": "stored", "stream": "xasup.messages", "ids": [_ID, _OTHER], "positions": ["0/1-52", "0/1-53"]},
        {"event": "rejected", "id": _ID, "topic": "xasup/v1/u/eve/msg/bob", "code": "conflict", "reason": "taken"},
    ),
}
REQUESTS: dict[str, tuple[dict[str, Any], ...]] = {
    "contacts": (
        {"id": "c1", "op": "ask", "user": "alice", "greeting": "We met on Tuesday"},
        *({"id": f"c-{op}", "op": op, "user": "alice"} for op in ("accept", "deny", "revoke", "block", "unblock")),
        {"id": "c2", "op": "list", "limit": 100, "after": ""},
    ),
    "groups": (
        {"id": "g1", "op": "create", "group": "hikers", "name": "Sunday hikers", "members": ["alice", "bob"]},
        {"id": "g2", "op": "rename", "group": "hikers", "name": "Climbers"},
        *({"id": f"g-{op}", "op": op, "group": "hikers", "user": "bob"} for op in ("invite", "remove", "hand-over")),
        *({"id": f"g-{op}", "op": op, "group": "hikers"} for op in ("join", "leave", "members")),
        {"id": "g4", "op": "list"},
    ),
    "devices": (
        {"id": "d1", "op": "link", "device": "phone", "token_sha256": _HASH, "expires": 0, "code": True},
        {"id": "d2", "op": "claim", "device": "phone", "code_sha256": _HASH, "token_sha256": _HASH},
        {"id": "d3", "op": "rename", "device": "phone", "label": "Alice’s old phone"},
        {"id": "d4", "op": "revoke", "device": "phone"},
        {"id": "d5", "op": "list", "limit": 100},
    ),
    "history": (
        {"id": "h1", "op": "since", "position": "8f14e45fceea167a.52816", "limit": 10, "count": True, "with": "bob"},
        {"id": "h2", "op": "since"},
        {"id": "h3", "op": "states", "message": _ID, "sender": "bob"},
    ),
}
GOOD = {"contacts": "list", "groups": "list", "devices": "list", "history": "since"}  # an operation that is always one


def hellos(client: ClientId, token: str) -> list[bytes]:
    """CONNECT in some forms: MQTT 5 with and without a session, with a will; 3.1.1."""
    five = raw.connect(str(client), client.user, token)
    head = raw.text("MQTT") + bytes([4, 0xC2]) + struct.pack("!H", 60)
    old = raw.packet(raw.CONNECT, head + raw.text(str(client)) + raw.text(client.user) + raw.text(token))
    presence = topics.presence(client.user)
    properties = b"\x11\x00\x00\x00\x3c\x21\x00\x14\x26" + raw.text("k") + raw.text("v")
    head = raw.text("MQTT") + bytes([5, 0xEE]) + struct.pack("!H", 60) + ours.spell(len(properties)) + properties
    will = raw.text(str(client)) + b"\x05\x18\x00\x00\x00\x05" + raw.text(presence) + raw.text(b'{"online":false}')
    willing = raw.packet(raw.CONNECT, head + will + raw.text(client.user) + raw.text(token))
    return [five, raw.connect(str(client), client.user, token, expiry=60), old, willing]


def packets(me: UserId, friend: UserId) -> list[bytes]:
    """Of a client that is in."""
    message, mine = topics.message(friend, me), topics.mailbox(me)
    rich = (
        b"\x01\x01\x02\x00\x00\x00\x3c\x03"
        + raw.text("text/plain")
        + b"\x08"
        + raw.text(mine)
        + b"\x09"
        + raw.text("c")
    )
    properties = ours.spell(len(rich) + 3) + b"\x23\x00\x01" + rich
    return [
        ours.publish(message, b'{"id":"p1","ts":1,"n":1,"text":"x"}', 1, False, 7),
        ours.publish(message, b"plain", 0, False, 0),
        ours.publish(topics.typing(friend, me), b"1", 0, False, 0),
        ours.publish(topics.presence(me), b'{"online":true}', 1, True, 8),
        ours.publish(topics.request("contacts", me), b'{"id":"p2","op":"list"}', 1, False, 9),
        raw.packet(0x32, raw.text(message) + b"\x00\x0a" + properties + b"with properties"),
        raw.packet(0x34, raw.text(message) + b"\x00\x0b\x00" + b"exactly once"),
        raw.subscribe(12, mine),
        raw.subscribe(13, "xasup/v1/u/+/msg/" + me),
        raw.unsubscribe(14, mine),
        b"\x40\x04\x00\x07\x00\x00",
        b"\x50\x02\x00\x07",
        b"\x62\x02\x00\x0b",
        b"\x70\x02\x00\x0b",
        raw.PING,
        b"\xe0\x02\x00\x00",
        b"\xf0\x02\x18\x00",
    ]
