"""The bridge and history as processes of a simulated run: the real ones, with the doors that the run gives them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from bridge.habits import Habits
from bridge.metrics import Metrics as BridgeMetrics
from bridge.presence import STANDBY, VOICE, Vigil
from bridge.session import Marker
from bridge.standby import Standby
from bridge.term import Place, Term
from history.metrics import Metrics as HistoryMetrics
from history.service import attend, line_of
from history.shelf import Shelf
from xasup.chaos.simulation.log import FarLog, SharedLog, opened
from xasup.chaos.simulation.loop import Loop
from xasup.chaos.simulation.universe import BEGIN_MS
from xasup.protocol.errors import Refused, Unavailable
from xasup.protocol.ids import ClientId, DeviceId, service_account, uuid7
from xasup.wire.mailboxes import MemoryMailboxes
from xasup.wire.mqtt import Address
from xasup.wire.truth.port import Truth

NODE, TOKEN = "n1", "token"
Work = Callable[[Loop], Awaitable[None]]


def address(service: str, device: str = NODE) -> Address:
    """Of a service's connection to the broker."""
    account = service_account(service)
    return Address("broker", 1883, str(ClientId(account, DeviceId(device))), account, TOKEN)


class _Marker(Marker):
    """Remembers nothing: that the session is lost is only said."""

    def subscribed(self, present: bool) -> bool:
        return True


async def bridge(log: SharedLog, truth: Truth, habits: Habits, loop: Loop) -> None:
    """Until killed; as bridge/service.py puts it together."""
    dice = loop.universe.dice
    instance = f"{dice.getrandbits(64):016x}"
    metrics = BridgeMetrics(loop.time)
    place = Place(
        address=address("bridge"),
        voice=address("bridge", NODE + VOICE),
        node=NODE,
        instance=instance,
        open_log=partial(opened, log, loop),
        truth=truth,
        marker=_Marker(Path()),
        metrics=metrics,
        habits=habits,
        latency=0.005,
        quiet=0.0,
        ids=lambda ms: uuid7(ms, dice.getrandbits(74)),
        now=lambda: BEGIN_MS + int(loop.time() * 1000),
    )
    standby = Standby(address("bridge", NODE + STANDBY), loop.time, dice.random, lambda trouble: None)
    while True:
        try:
            reason = str(await Term(place, lambda: None).serve())
        except (Unavailable, Refused) as error:
            reason = str(error)
        loop.universe.say(f"bridge stands by: {reason}")
        await standby.watch(Vigil(instance, loop.time()))


async def history(log: SharedLog, mailboxes: MemoryMailboxes, loop: Loop) -> None:
    """Until killed."""
    dice = loop.universe.dice
    line = line_of(address("history"), dice.random)
    ids = partial(_hex, loop)
    await attend(line, FarLog(log, loop), Shelf(mailboxes), HistoryMetrics(loop.time), ids, lambda: None)


def _hex(loop: Loop) -> str:
    return f"{loop.universe.dice.getrandbits(64):016x}"
