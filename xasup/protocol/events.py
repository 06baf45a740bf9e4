"""Events: what services say in `u/{me}/event/{service}` and `g/{group}/event/{service}`, spelled once.

`answer` belongs to a request and carries its id; the others are news. News may be repeated and is applied by what it
says, never by counting. Fields that a reader does not know are to be ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xasup.protocol.contacts import Side
from xasup.protocol.errors import XasupError
from xasup.protocol.streams import Stream

Payload = dict[str, Any]

ANSWER, CONTACT, GROUP, MEMBER, DEVICE, CONNECTED, REFUSED, STORED, REJECTED = (
    "answer",
    "contact",
    "group",
    "member",
    "device",
    "connected",
    "refused",
    "stored",
    "rejected",
)

FENCE = "fence"  # an operation of the bridge


def answer(request_id: str | None, op: str, **fields: Any) -> Payload:
    """The request was carried out, and holds from the next packet on."""
    return {"event": ANSWER, "id": request_id, "op": op, "ok": True, **fields}


def refusal(request_id: str | None, error: XasupError, op: str | None = None) -> Payload:
    """The request was not carried out: a stable code and a sentence."""
    return {"event": ANSWER, "id": request_id, "op": op, "ok": False, "code": str(error.code), "reason": str(error)}


def contact(user: str, side: Side, ts: int, greeting: str = "") -> Payload:
    """The relation with *user* as it now stands: `mine` is my decision, `theirs` what I may know of theirs."""
    fields: Payload = {"event": CONTACT, "user": user, "mine": side.mine, "theirs": side.theirs, "ts": ts}
    return fields | ({"greeting": greeting} if greeting else {})


def group(group: str, name: str, role: str, by: str, ts: int) -> Payload:
    """My own part in a group has changed; *role*: `none`, `invited`, `member` or `owner`."""
    return {"event": GROUP, "group": group, "name": name, "role": role, "by": by, "ts": ts}


def member(group: str, user: str, role: str, by: str, ts: int, name: str | None = None) -> Payload:
    """To all members: somebody's part in the group (or, with *name*, its display name) has changed."""
    fields: Payload = {"event": MEMBER, "group": group, "user": user, "role": role, "by": by, "ts": ts}
    return fields | ({"name": name} if name is not None else {})


def device(device: str, linked: bool, by: str, ts: int, **marks: Any) -> Payload:
    """A device of mine was linked or revoked. `code`: it is, or was, a link code that nobody has claimed; `renamed`:
    what is new is its `label`. Of *marks* only what is true is said."""
    fields: Payload = {"event": DEVICE, "device": device, "linked": linked, "by": by, "ts": ts}
    return fields | {name: value for name, value in marks.items() if value}


def fence(id: str) -> Payload:
    """From a service to the bridge, on `svc/bridge`: answer when all that the broker had before this is in the log."""
    return {"id": id, "op": FENCE}


def disconnect(client: str) -> Payload:
    """To the broker's plugin, on `svc/broker`: end this client's connection. Scanned in C, so spelled just so."""
    return {"op": "disconnect", "client": client}


def presence(online: bool, device: str, ts: int) -> Payload:
    """Retained, and as the will with online False."""
    return {"online": online, "device": device, "ts": ts}


def stored(ids: Sequence[str], positions: Sequence[str]) -> Payload:
    """To the sender, from the bridge: the log has these messages, each at the position beside it (`shard/offset`)."""
    return {"event": STORED, "stream": Stream.MESSAGES, "ids": ids, "positions": positions}


def rejected(id: str | None, topic: str, error: XasupError) -> Payload:
    """To the sender, from the bridge: this is a dead letter, and never stored. Code `conflict`: the id is taken by
    another content."""
    return {"event": REJECTED, "id": id, "topic": topic, "code": str(error.code), "reason": str(error)}
