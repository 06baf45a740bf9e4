"""The act in which thousands of devices are connected and many come back at once, while they are written to.

Refuses to know: how the broker lets them in, how it is reported.
"""

from __future__ import annotations

import asyncio
import random
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contacts.accounts import befriend, create_person
from xasup.chaos.accounts import address, each, enforced, linked, now
from xasup.chaos.act import Order, Outcome, Say
from xasup.chaos.device import Device
from xasup.chaos.growth import RESTARTED
from xasup.chaos.herald import HERALD, Herald
from xasup.chaos.meter import reading
from xasup.chaos.outcome import Recoveries
from xasup.chaos.verdict import LOST
from xasup.protocol import topics
from xasup.protocol.errors import Refused, Unavailable
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child
from xasup.stack import apart, stack
from xasup.wire.mqtt import Address, connect
from xasup.wire.truth import open_truth
from xasup.wire.truth.port import Truth

BACK_WITHIN = 10.0  # seconds
SESSION = 3600  # seconds for which the broker keeps what comes for a device that is away
EACH = 10  # devices of a person
LATE, TURNED_DOWN = "not back in time", "turned down"
_AT_ONCE = 100  # that come in together in the beginning
PATIENCE = 60.0  # seconds until what was sent must have come
_SPARE = 500  # files of ours besides the connections
_PAUSE = 0.5  # seconds before another try, at most


@dataclass(frozen=True, slots=True)
class Size:
    """*devices*: connected; *leaving*: of them, that come back at once."""

    devices: int
    leaving: int


LONG, SHORT = Size(5000, 1000), Size(200, 50)


@dataclass(frozen=True, slots=True)
class Return:
    """*took*: seconds until a device was in again; *refused*: what the broker said to those that it did not let in."""

    took: Mapping[ClientId, float]
    refused: Sequence[str]


async def play(order: Order, folder: Path, say: Say, session: int = SESSION, patience: float = PATIENCE) -> Outcome:
    """*session*: 0 for a test that wants the check to fail: nothing is kept for who is away; it has less *patience*."""
    size = SHORT if order.short else LONG
    settings, dice = apart(folder, order.log, rate=0), random.Random(order.seed)  # noqa: S311 - a choice, not a secret
    with _files(size.devices + _SPARE):
        async with stack(settings, say, order.modules) as parts, open_truth(settings.redis_url) as truth:
            crowd, way = await _engage(truth, settings, size.devices, session)
            say(f"{len(crowd)} devices have accounts")
            await _come_in(crowd, settings.mqtt_port)
            say("all of them are connected")
            leaving = dice.sample(crowd, size.leaving)
            async with connect(way) as wire:
                herald = Herald(wire, crowd)
                back = await _storm(leaving, settings.mqtt_port, herald)
                await _arrived(herald, patience)
            return _outcome(order, leaving, herald, back, parts)


async def _storm(leaving: Sequence[Device], port: int, herald: Herald) -> Return:
    await herald.tell("while all are there")
    for device in leaving:
        device.vanish()
        device.tries = 0
    await herald.tell("while many are away")
    back = await _come_back(leaving, port, herald)
    await herald.tell("when they are back")
    return back


async def _come_back(leaving: Sequence[Device], port: int, herald: Herald) -> Return:
    """All at once, and written to meanwhile."""
    took, refused = dict[ClientId, float](), list[str]()
    begun = time.monotonic()

    async def back(device: Device) -> None:
        while device.client not in took:
            try:
                await device.come(port, subscribe=False)
                took[device.client] = time.monotonic() - begun
            except Refused as error:
                refused.append(f"{device.client}: {error}")
                return
            except Unavailable:
                await asyncio.sleep(_PAUSE * random.random())  # noqa: S311 - so that they do not come as one

    try:
        async with asyncio.timeout(3 * BACK_WITHIN), asyncio.TaskGroup() as tasks:
            tasks.create_task(herald.tell("while they come back"), name="herald")
            for device in leaving:
                tasks.create_task(back(device), name=str(device.client))
    except TimeoutError:
        pass  # those that are not back are named
    return Return(took, refused)


async def _arrived(herald: Herald, patience: float) -> None:
    """Wait until everybody has everything, or no longer."""
    until = time.monotonic() + patience
    while time.monotonic() < until and any(True for _ in herald.missing()):  # noqa: ASYNC110 - 5,000 tell
        await asyncio.sleep(0.1)


def _outcome(
    order: Order, leaving: Sequence[Device], herald: Herald, back: Return, parts: Mapping[str, Child]
) -> Outcome:
    crowd, found = herald.crowd, Recoveries.of(back.took.values())
    broker = reading(parts["mosquitto"].pid or 0, 0.0)
    counts = {
        "devices": len(crowd),
        "came back": len(back.took),
        "tries": sum(device.tries for device in leaving),
        "p95 s": round(found.p95, 2),
        "slowest s": round(found.slowest, 2),
        "sent": sum(map(len, herald.sent.values())),
        "shown": sum(len(device.got) for device in crowd),
        "again": sum(sum(device.got.values()) - len(device.got) for device in crowd),
        "mosquitto MB": round(broker.memory / 1e6, 1) if broker else 0.0,
    }
    wrong = {
        LOST: list(herald.missing()),
        LATE: [str(it.client) for it in leaving if back.took.get(it.client, BACK_WITHIN + 1) > BACK_WITHIN],
        TURNED_DOWN: back.refused,
        RESTARTED: [f"{part}: {child.restarts} times" for part, child in parts.items() if child.restarts],
    }
    return Outcome("crowd", order, counts, wrong)


async def _come_in(crowd: Sequence[Device], port: int) -> None:
    for first in range(0, len(crowd), _AT_ONCE):
        await asyncio.gather(*(device.come(port, subscribe=True) for device in crowd[first : first + _AT_ONCE]))


async def _engage(truth: Truth, settings: Settings, count: int, session: int) -> tuple[list[Device], Address]:
    """People who accept the herald, with their devices; and how the herald gets in."""
    clients = [
        ClientId(UserId(f"person{number // EACH}"), DeviceId(f"device{number % EACH}")) for number in range(count)
    ]
    await create_person(truth, HERALD.user, now())
    token = await linked(truth, HERALD)

    async def joins(user: UserId) -> None:
        await create_person(truth, user, now())
        await befriend(truth, HERALD.user, user, now())

    async for _ in each(sorted({client.user for client in clients}), joins):
        pass
    tokens = [made async for made in each(clients, lambda client: linked(truth, client))]
    await enforced(truth, settings)
    pairs = zip(clients, tokens, strict=True)
    crowd = [Device(client, secret, topics.mailbox(client.user), session) for client, secret in pairs]
    return crowd, address(settings, HERALD, token)


@contextmanager
def _files(count: int) -> Iterator[None]:
    """So many may be open in this process. Raises Unavailable where the machine does not allow it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= count:
        yield
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    except (ValueError, OSError):
        raise Unavailable(f"{count} open files are needed and {hard} are allowed: see `ulimit -Hn`") from None
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
