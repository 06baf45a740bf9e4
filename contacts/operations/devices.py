"""Operations on devices: let one in, end one. A token is made by whoever will use it; only its SHA-256 comes here."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable

from contacts.operations import fields
from contacts.operations.operation import ADMIN, Draft, Facts, Operation, tell
from xasup.protocol import events, topics
from xasup.protocol.changes import Notice
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
    name is replaced."""
    here, alarm = _cells(client)

    def judge(facts: Facts) -> Draft:
        if expires and expires * 1000 <= now:
            raise Malformed(f"expires: {expires} is over already; expected seconds since the epoch, or 0 for never")
        facts.person(client.user)
        device = facts.device(client.user, client.device)
        if device is not None and not (device.expires and device.expires * 1000 <= now):
            raise Refused(f"device {client.device} exists; revoke it first or choose another name", Code.NAME_TAKEN)
        put: dict[Cell, bytes | None] = {here: Device(token_sha256, expires, now, by).encode()}
        put[alarm] = str(expires).encode() if expires else None
        return Draft(put, (_news(client, True, by, now),), {"device": client.device, "expires": expires})

    return _operation("link", client, by, now, (here, Cell(tables.USERS, client.user)), judge)


def revoke(client: ClientId, *, by: str, now: int) -> Operation:
    """End a device, its session too."""
    here, alarm = _cells(client)

    def judge(facts: Facts) -> Draft:
        if facts.device(client.user, client.device) is None:
            raise Refused(f"there is no device {client.device}", Code.UNKNOWN_DEVICE)
        put = {here: None, alarm: None, Cell(tables.seen(client.user), client.device): None}
        news = (_news(client, False, by, now),)
        return Draft(put, news, {"device": client.device}, last=(disconnect(client),))

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
    """The time of a device is over: end its session. Nothing changes where the device was revoked or linked anew."""
    alarm = _cells(client)[1]

    def judge(facts: Facts) -> Draft:
        due = facts.cells[alarm] == str(expires).encode()
        return Draft({alarm: None}, last=(disconnect(client),)) if due else Draft()

    return _operation("expire", client, ADMIN, now, (alarm,), judge)


def disconnect(client: ClientId) -> Notice:
    """Asks the broker to end a connection."""
    topic = topics.request("broker", service_account(SERVICE))
    return Notice(SERVICE, topic, events.disconnect(str(client)))


def _news(client: ClientId, linked: bool, by: str, now: int) -> Notice:
    return tell(client.user, SERVICE, events.device(client.device, linked, by, now))


def _cells(client: ClientId) -> tuple[Cell, Cell]:
    return Cell(tables.devices(client.user), client.device), Cell(tables.EXPIRIES, fields.expiry(client))


def _operation(
    name: str, client: ClientId, by: str, now: int, cells: tuple[Cell, ...], judge: Callable[[Facts], Draft]
) -> Operation:
    return Operation(f"{SERVICE}.{name}", by, now, (client.user, client.device), cells, judge)
