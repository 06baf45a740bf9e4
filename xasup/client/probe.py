"""Does this account work from here, and if not, what is wrong and what is to be done? One look, one sentence.

Leaves everything as it was: it opens no file, takes nothing from the broker's queue, and does not disturb a program
that has the device already. Refuses to know: screens, where the account is kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from xasup.client.habits import Habits
from xasup.client.place import address_of, default_path
from xasup.client.world import World
from xasup.protocol import codec, connect, topics
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Malformed, Refused, Unavailable, XasupError
from xasup.protocol.ids import uuid7
from xasup.wire import mqtt
from xasup.wire.mqtt import Cause, NoWay, Peer, Subscription, Wire
from xasup.wire.store import holder

PATIENCE = 5.0  # seconds for each step
SKEW = 5 * 60_000  # milliseconds by which a clock may be off before it is worth a word
_SERVICE = "devices"


class Verdict(StrEnum):
    """The first three let a person in."""

    OK = "ok"
    CLOCK_OFF = "clock-off"
    NO_SERVICE = "no-service"
    NO_CONNECT_STRING = "no-connect-string"
    HOST_UNKNOWN = "host-unknown"
    NO_ROUTE = "no-route"
    NO_ANSWER = "no-answer"
    PORT_CLOSED = "port-closed"
    NOT_MQTT = "not-mqtt"
    NEEDS_TLS = "needs-tls"
    NOT_TLS = "not-tls"
    NOT_TRUSTED = "not-trusted"
    NOT_VALID_YET = "not-valid-yet"
    EXPIRED = "expired"
    OTHER_NAME = "other-name"
    NO_AUTHORITY = "no-authority"
    REFUSED = "refused"
    REVOKED = "revoked"
    USELESS_CODE = "useless-code"
    IN_USE = "in-use"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Probe:
    """*sentence*: what is wrong and what to do next; it may quote what is foreign. *skew*: milliseconds that this
    machine's clock is ahead of the service's, None while unknown."""

    verdict: Verdict
    sentence: str
    skew: int | None = None

    @property
    def ok(self) -> bool:
        """A person can go on with this account."""
        return self.verdict in (Verdict.OK, Verdict.CLOCK_OFF, Verdict.NO_SERVICE)


async def probe(
    account: str | ConnectString,
    ca_file: Path | None = None,
    *,
    let_in: int = 0,
    store: Path | None = None,
    world: World | None = None,
    patience: float = PATIENCE,
) -> Probe:
    """*account*: also a link code, which it leaves as good as it was. *let_in*: when the broker let just this account
    in before (milliseconds since the epoch), 0 for never as far as we know; *store*: the device's file, else where it
    would be; *patience*: seconds for each step."""
    try:
        known = connect.parse(account) if isinstance(account, str) else account
    except Malformed as error:
        return Probe(Verdict.NO_CONNECT_STRING, str(error))
    taken = "" if known.code else in_use(known, store)
    if taken:
        return Probe(Verdict.IN_USE, taken)
    try:
        return await _enter(known, ca_file, world or World(), patience)
    except Refused:
        return _refused(known, let_in)
    except NoWay as error:
        return _no_way(known, error)
    except Unavailable as error:
        return await _what_listens(known, error, patience)


def in_use(account: ConnectString, store: Path | None = None) -> str:
    """What is to be said where another process has the device; "" where none has."""
    process = holder(store or default_path(account))
    return "" if process is None else _in_use(account, process)


# ---- looking


async def _enter(account: ConnectString, ca_file: Path | None, world: World, patience: float) -> Probe:
    """Raises Refused, Unavailable."""
    # A session of the engine's length, so that what the broker keeps for this device stays; a code's ends with it.
    session = 0 if account.code else Habits().session
    async with mqtt.connect(address_of(account, ca_file), session_expiry=session, patience=patience) as wire:
        try:
            async with asyncio.timeout(patience):
                theirs = await _their_clock(wire, account, str(uuid7(world.now_ms(), world.bits())))
        except (TimeoutError, XasupError):
            return Probe(Verdict.NO_SERVICE, _no_service(account))
    skew = world.now_ms() - theirs
    if abs(skew) > SKEW:
        return Probe(Verdict.CLOCK_OFF, _clock_off(skew), skew)
    return Probe(Verdict.OK, _fine(account), skew)


async def _their_clock(wire: Wire, account: ConnectString, id: str) -> int:
    """Milliseconds since the epoch, by the service's clock. Nothing that arrives is acknowledged: it comes again."""
    me = account.client.user
    await wire.subscribe([Subscription(topics.mailbox(me))])
    await wire.publish(topics.request(_SERVICE, me), codec.encode({"id": id, "op": "list", "limit": 1}))
    async for batch in wire.batches():
        for message in batch:
            if message.topic == topics.event(me, _SERVICE):
                answer = codec.decode_object(message.payload)
                if answer.get("id") == id and isinstance(answer.get("ts"), int):
                    return int(answer["ts"])
    raise AssertionError("a connection does not end without a reason")


async def _what_listens(account: ConnectString, error: Unavailable, patience: float) -> Probe:
    at = f"{account.host}:{account.port}"
    match await mqtt.sniff(address_of(account), patience):
        case Peer.TLS:
            return Probe(Verdict.NEEDS_TLS, f"{at} wants TLS: let the connect string begin with xasups:// instead")
        case Peer.MQTT:
            return Probe(Verdict.AWAY, f"{error}; wait a little and try again")
        case Peer.SILENT:
            said = f"{at} takes the connection and says nothing: the broker stands still, or it is no broker at all"
            return Probe(Verdict.NO_ANSWER, f"{said}; check the port")
        case _:
            return Probe(
                Verdict.NOT_MQTT,
                f"something answers at {at}, but it is no MQTT broker: the port is probably wrong "
                "(1883 is usual, 8883 with TLS)",
            )


# ---- sentences


def _no_way(account: ConnectString, error: NoWay) -> Probe:
    at = f"{account.host}:{account.port}"
    known = _NO_WAY.get(error.cause) if error.cause else None
    if known is None:
        return Probe(Verdict.AWAY, f"{error}; wait a little and try again")
    verdict, sentence = known
    return Probe(verdict, sentence.format(at=at, host=account.host, why=error))


_NO_WAY: dict[Cause, tuple[Verdict, str]] = {
    Cause.HOST_UNKNOWN: (
        Verdict.HOST_UNKNOWN,
        "the name {host} is not known: look for a typing error in it, or check that this machine is online",
    ),
    Cause.NO_ROUTE: (
        Verdict.NO_ROUTE,
        "no way leads from here to {at}: check that this machine is online, and in the network that the backend is in",
    ),
    Cause.NO_ANSWER: (
        Verdict.NO_ANSWER,
        "{at} does not answer: the machine is off, or a firewall drops what we send; check host and port",
    ),
    Cause.PORT_CLOSED: (
        Verdict.PORT_CLOSED,
        "the machine {host} is there, but nobody listens at {at}: the backend does not run (`xasup up`), or on another "
        "port",
    ),
    Cause.NOT_TLS: (
        Verdict.NOT_TLS,
        "{at} does not speak TLS: take its TLS port (8883 is usual), or let the connect string begin with xasup:// "
        "if you trust the network between",
    ),
    Cause.NOT_TRUSTED: (
        Verdict.NOT_TRUSTED,
        "the certificate of {at} is not from an authority that this machine trusts: if it is your backend's own, give "
        "the file of its authority with --ca",
    ),
    Cause.NOT_VALID_YET: (
        Verdict.NOT_VALID_YET,
        "the certificate of {at} is not valid yet: most likely the clock of this machine is behind; set it",
    ),
    Cause.EXPIRED: (
        Verdict.EXPIRED,
        "the certificate of {at} has expired, or the clock of this machine is ahead: look at the clock first, then "
        "tell whoever runs the backend",
    ),
    Cause.OTHER_NAME: (
        Verdict.OTHER_NAME,
        "the certificate of {at} is for another name than {host}: use the name that the backend was given",
    ),
    Cause.NO_AUTHORITY: (Verdict.NO_AUTHORITY, "{why}: give the PEM file of the backend's authority with --ca"),
}


def _refused(account: ConnectString, let_in: int) -> Probe:
    client = account.client
    name = f"{client.user}/{client.device}"
    if account.code:
        return Probe(
            Verdict.USELESS_CODE,
            f"the link code for {name} is used, is older than {connect.CODE_SECONDS} s, or is not complete: make a new "
            "one on a device that is linked",
        )
    if let_in:
        day = f"{datetime.fromtimestamp(let_in / 1000, UTC):%Y-%m-%d %H:%MZ}"
        return Probe(
            Verdict.REVOKED,
            f"the broker knows {name} no more: it let this very token in on {day}, so since then the device was "
            "revoked, or has expired, or the user is suspended; link this device anew from another one, "
            "or ask an administrator",
        )
    return Probe(
        Verdict.REFUSED,
        f"the broker is there but does not let {name} in: the token is wrong or not complete, or the device was "
        "revoked or has expired (it does not say which); copy the whole line again, or ask for a new one",
    )


def _in_use(account: ConnectString, process: str) -> str:
    client = account.client
    return (
        f"the device {client.device} of {client.user} is in use by process {process} of this machine: "
        "end that one, or link another device for this one"
    )


def _no_service(account: ConnectString) -> str:
    return (
        f"the broker lets {account.client.user}/{account.client.device} in, but the service behind it does not answer: "
        "messages can be written; whoever runs the backend sees more in `xasup status`"
    )


def _clock_off(skew: int) -> str:
    minutes, where = round(abs(skew) / 60_000), "ahead" if skew > 0 else "behind"
    return f"it works, but the clock of this machine is {minutes} minutes {where}: set it, else your times are wrong"


def _fine(account: ConnectString) -> str:
    client = account.client
    return f"the broker at {account.host}:{account.port} lets {client.user}/{client.device} in"
