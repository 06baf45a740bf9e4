"""Habits broken on purpose, one at a time, and what the check must say to each: the proof that it can fail.

Refuses to know: how runs are judged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bridge.habits
from bridge.habits import Target
from xasup.chaos.simulation.evidence import EARLY, REPEATED, UNKEPT
from xasup.chaos.simulation.manners import Manners
from xasup.chaos.verdict import LOST, TWICE, UNSETTLED, UNWANTED
from xasup.client.arrivals import Key, Known, Verdict
from xasup.client.habits import Habits
from xasup.client.sorting import Arrived
from xasup.protocol.ids import UserId
from xasup.protocol.states import State
from xasup.wire.log.port import Outcome, Position, Record
from xasup.wire.log.port import State as LogState
from xasup.wire.store import DeviceStore, Draft, Line


@dataclass(frozen=True, slots=True)
class Control:
    """*what* is broken, in words; *caught*: as which kind it must be named; *manners*: how."""

    what: str
    caught: str
    manners: Callable[[], Manners]


class HastyLog:
    """Says yes at once, with positions that it makes up."""

    def __init__(self, log: Target) -> None:
        self._log = log

    @property
    def state(self) -> LogState:
        return self._log.state

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]:
        self._log.append(records).add_done_callback(_looked_at)
        done: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        done.set_result([Position(0, "0-0") for _ in records])
        return done


def _looked_at(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


def everything_is_new(known: Mapping[Key, Known], arrived: Sequence[Arrived]) -> list[Verdict]:
    """Of an engine that does not recognise what comes again."""
    return [Verdict.NEW] * len(arrived)


def forgetful(store: DeviceStore, me: UserId, drafts: Sequence[Draft]) -> list[Line]:
    """Lines that are in no file: as if send() returned before the commit, and the commit never came."""
    lines = store.outbox.compose(me, drafts)
    for line in lines:
        store.outbox.discard(me, line.id)
    return [line._replace(state=State.SENDING) for line in lines]


CONTROLS: dict[str, Control] = {
    "early PUBACK": Control(
        "the bridge thanks the broker, and tells *stored*, before the log has it",
        UNKEPT,
        lambda: Manners(bridge=bridge.habits.Habits(target=HastyLog)),
    ),
    "dedupe off, at the device": Control(
        "a device takes what comes again for new", TWICE, lambda: Manners(device=Habits(judge=everything_is_new))
    ),
    "dedupe off, at the bridge": Control(
        "the bridge recognises nothing that it appended before",
        REPEATED,
        lambda: Manners(bridge=bridge.habits.Habits(window=0)),
    ),
    "plugin always yes": Control(
        "the broker lets everybody write to everybody", UNWANTED, lambda: Manners(agrees=True)
    ),
    "stale directory": Control(
        "the broker's directory hears nothing of a revocation that was answered", UNWANTED, lambda: Manners(stale=True)
    ),
    "receipts early": Control(
        "*delivered* is said before the file has the message",
        EARLY,
        lambda: Manners(device=Habits(early_receipts=True)),
    ),
    "outbox off": Control(
        "send() returns, and nothing is in the file", UNSETTLED, lambda: Manners(device=Habits(compose=forgetful))
    ),
    "history off": Control(
        "a device does not ask history what it missed", LOST, lambda: Manners(device=Habits(catch_up=False))
    ),
}
