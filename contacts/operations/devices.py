"""Operations on devices: let one in, by its token or by a link code that it then claims; call it something; end it.

Tokens and codes are made elsewhere; only their SHA-256 come here.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from contacts.operations import fields
from contacts.operations.operation import ADMIN, Draft, Facts, Operation, tell
from xasup.protocol import events, topics
from xasup.protocol.changes import Notice
from xasup.protocol.connect import CODE_SECONDS
from xasup.protocol.errors import Code, Malformed, Refused
from xasup.protocol.ids import ClientId, DeviceId, UserId, service_account
from xasup.protocol.records import Device
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell

SERVICE = "devices"
LINKED = f"{SERVICE}.link"  # as `what` of a change
TOKEN_BYTES = 32


def token(dice: bytes) -> str:
    """A device's secret, safe in URLs. *dice*: 32 random bytes, the caller owns them."""
    if len(dice) != TOKEN_BYTES:
        raise ValueError(f"a token takes {TOKEN_BYTES} random bytes, got {len(dice)}")
    return urlsafe_b64encode(dice).decode().rstrip("=")


def hash_of(token: str) -> bytes:
    """What is stored of it."""
    return hashlib.sha256(token.encode()).digest()


def link(client: ClientId, token_sha256: bytes, *, by: str, now: int, expires: int = 0) -> Operation:
    """Let a new device in; *expires*: seconds since the epoch, 0 for never. An expired device of the same
    name is replaced, and a code that waits."""
    return _link(client, Device(token_sha256, expires, now, by), now)


def link_code(client: ClientId, code_sha256: bytes, *, by: str, now: int) -> Operation:
    """Let whoever has the code in for a minute, to claim(). It replaces what link() would."""
    expires = -(-now // 1000) + CODE_SECONDS
    return _link(client, Device(code_sha256, expires, now, by, code=True), now)


def claim(client: ClientId, code_sha256: bytes, token_sha256: bytes, *, by: str, now: int) -> Operation:
    """The code becomes a device with a token of its own, for good. What was connected with the code is put out, and
    the code opens nothing any more."""
    here, alarm = _cells(client)

    def judge(facts: Facts) -> Draft:
        device = facts.device(client.user, client.device)
        if device is None or not device.code or device.token_sha256 != code_sha256 or _over(device, now):
            raise Refused(f"this link code for {client.device} was used, or its time is over", Code.NO_CODE)
        claimed = replace(device, token_sha256=token_sha256, expires=0, created=now, code=False)
        news = (_news(client, claimed, True, by, now),)
        return Draft({here: claimed.encode(), alarm: None}, news, _told(client, claimed), last=(disconnect(client),))

    return _operation("claim", client, by, now, (here,), judge)


def rename(client: ClientId, label: str, *, by: str, now: int) -> Operation:
    """Call it *label*; empty: by its id alone."""
    here, _ = _cells(client)

    def judge(facts: Facts) -> Draft:
        before = _known(facts, client)
        after, answer = replace(before, label=label), {"device": client.device, "label": label}
        if after == before:
            return Draft(answer=answer)
        return Draft({here: after.encode()}, (_news(client, after, True, by, now, renamed=True),), answer)

    return _operation("rename", client, by, now, (here,), judge)


def revoke(client: ClientId, *, by: str, now: int) -> Operation:
    """End a device, its session too."""
    here, _ = _cells(client)

    def judge(facts: Facts) -> Draft:
        news = (_news(client, _known(facts, client), False, by, now),)
        return Draft(_gone(client), news, {"device": client.device}, last=(disconnect(client),))

    return _operation("revoke", client, by, now, (here,), judge)


def revoke_all(user: UserId, devices: list[DeviceId], *, now: int) -> Operation:
    """End some devices of a deleted user."""
    clients = [ClientId(user, device) for device in devices]
    cells = tuple(_cells(client)[0] for client in clients)

    def judge(facts: Facts) -> Draft:
        gone = [client for client in clients if facts.device(user, client.device) is not None]
        seen = {Cell(tables.seen(user), client.device) for client in gone}
        put = dict.fromkeys({cell for client in gone for cell in _cells(client)} | seen)
        return Draft(put, last=tuple(disconnect(client) for client in gone))

    return Operation(f"{SERVICE}.revoke-all", ADMIN, now, (user,), cells, judge)


def expire(client: ClientId, expires: int, *, now: int) -> Operation:
    """The time of a device is over: end its session; a code is forgotten. Nothing changes where the device was revoked,
    claimed or linked anew."""
    here, alarm = _cells(client)

    def judge(facts: Facts) -> Draft:
        if facts.cells[alarm] != str(expires).encode():
            return Draft()
        device = facts.device(client.user, client.device)
        if device is None or not device.code:
            return Draft({alarm: None}, last=(disconnect(client),))
        return Draft(_gone(client), (_news(client, device, False, device.by, now),), last=(disconnect(client),))

    return _operation("expire", client, ADMIN, now, (here, alarm), judge)


def disconnect(client: ClientId) -> Notice:
    """Asks the broker to end a connection."""
    topic = topics.request("broker", service_account(SERVICE))
    return Notice(SERVICE, topic, events.disconnect(str(client)))


def _link(client: ClientId, new: Device, now: int) -> Operation:
    here, alarm = _cells(client)

    def judge(facts: Facts) -> Draft:
        if _over(new, now):
            raise Malformed(f"expires: {new.expires} is over already; expected seconds since the epoch, or 0 for never")
        facts.person(client.user)
        old = facts.device(client.user, client.device)
        if old is not None and not old.code and not _over(old, now):
            raise Refused(f"device {client.device} exists; revoke it first or choose another name", Code.NAME_TAKEN)
        put: dict[Cell, bytes | None] = {here: new.encode(), alarm: str(new.expires).encode() if new.expires else None}
        ended = (disconnect(client),) if old is not None and old.code else ()
        return Draft(put, (_news(client, new, True, new.by, now),), _told(client, new), last=ended)

    return _operation("link", client, new.by, now, (here, Cell(tables.USERS, client.user)), judge)


def _known(facts: Facts, client: ClientId) -> Device:
    device = facts.device(client.user, client.device)
    if device is None:
        raise Refused(f"there is no device {client.device}", Code.UNKNOWN_DEVICE)
    return device


def _over(device: Device, now: int) -> bool:
    return bool(device.expires) and device.expires * 1000 <= now


def _gone(client: ClientId) -> dict[Cell, bytes | None]:
    return dict.fromkeys((*_cells(client), Cell(tables.seen(client.user), client.device)))


def _told(client: ClientId, device: Device) -> dict[str, Any]:
    return {"device": client.device, "expires": device.expires} | ({"code": True} if device.code else {})


def _news(client: ClientId, device: Device, linked: bool, by: str, now: int, *, renamed: bool = False) -> Notice:
    marks = {"code": device.code, "label": device.label, "renamed": renamed}
    return tell(client.user, SERVICE, events.device(client.device, linked, by, now, **marks))


def _cells(client: ClientId) -> tuple[Cell, Cell]:
    return Cell(tables.devices(client.user), client.device), Cell(tables.EXPIRIES, fields.expiry(client))


def _operation(
    name: str, client: ClientId, by: str, now: int, cells: tuple[Cell, ...], judge: Callable[[Facts], Draft]
) -> Operation:
    return Operation(f"{SERVICE}.{name}", by, now, (client.user, client.device), cells, judge)
