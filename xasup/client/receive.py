"""The job that takes a batch into the file: one transaction, after which everything may be acknowledged and told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from xasup.client.arrivals import Candidate, Judge, Known, Verdict, showable
from xasup.client.sorting import Arrived, Post
from xasup.protocol.envelope import Message, decode
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.states import State
from xasup.wire.store import Arrival, DeviceStore, Line, Task

_AT_ONCE = 1000  # held lines looked at together
_RECENT = 20  # lines among which a repeated plain text is looked for


@dataclass(slots=True)
class Taken:
    """What the transaction did. *arrived*: new lines; *shown*: those to show now, in order; *held*: ids kept back;
    *repeated*: lines that came once more; *conflicts*: arrivals whose id is taken; *moved*: of another state now."""

    arrived: list[Line] = field(default_factory=list)
    shown: list[Line] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    repeated: list[Line] = field(default_factory=list)
    conflicts: list[Arrived] = field(default_factory=list)
    moved: list[Line] = field(default_factory=list)


def take(store: DeviceStore, me: UserId, post: Post, judge: Judge, now_ms: int) -> Taken:
    """The durable part of *post*, but for its notes."""
    taken = Taken()
    if post.arrived:
        _take_arrivals(store, me, post.arrived, judge, now_ms, taken)
    if post.news:
        taken.moved += store.outbox.advance(me, post.news)
    for conversation, ids in post.seen_elsewhere:
        taken.moved += store.inbox.shown(conversation, ids, Task.NONE)
    return taken


def release(store: DeviceStore, me: UserId, overdue: Collection[str] | None) -> Taken:
    """Held lines whose time has come (None: of all), and what waits behind them."""
    shown: list[Line] = []
    while True:
        released, held = _release_some(store, me, overdue)
        shown += released
        if not released or not held:
            return Taken(shown=shown, held=held)


def _release_some(store: DeviceStore, me: UserId, overdue: Collection[str] | None) -> tuple[list[Line], list[str]]:
    """Of the oldest ones: the lines that were let go, and the ids that were not."""
    held = store.inbox.tasked(Task.HELD, _AT_ONCE)
    if overdue is None:
        overdue = {line.id for line in held}
    present = _present(store, [_re(line) for line in held])
    show, keep = showable([_candidate(line) for line in held], present, overdue)
    shown = store.inbox.release(me, [held[index] for index in show])
    rest = [held[index].id for index in keep]
    return shown, rest or [line.id for line in store.inbox.tasked(Task.HELD, 1)]


def _take_arrivals(
    store: DeviceStore, me: UserId, arrived: list[Arrived], judge: Judge, now_ms: int, taken: Taken
) -> None:
    replied = [item.message.re for item in arrived if item.message is not None and item.message.re is not None]
    here = store.history.find({*(item.id for item in arrived), *replied})
    known = {(line.id, line.sender): line for line in here}
    verdicts = judge({key: Known(line.conversation, line.payload) for key, line in known.items()}, arrived)
    fresh: list[Arrived] = []
    for item, verdict in zip(arrived, verdicts, strict=True):
        if verdict is Verdict.CONFLICT:
            taken.conflicts.append(item)
        elif verdict is Verdict.DUPLICATE:
            line = known.get((item.id, item.sender))
            taken.repeated += [line] if line is not None else []
        elif not (item.dup and _repeats_plain_text(store, item)):
            fresh.append(item)
    if not fresh:
        return
    present = {(line.conversation, line.id) for line in here if line.task is not Task.HELD}
    show, keep = showable([_fresh_candidate(item) for item in fresh], present, ())
    if not keep and not store.inbox.tasked(Task.HELD, 1):
        taken.arrived = taken.shown = store.inbox.add([_arrival(fresh[index], me, now_ms) for index in show])
        return
    taken.arrived = store.inbox.add([_arrival(item, me, now_ms)._replace(task=Task.HELD) for item in fresh])
    freed = release(store, me, ())
    taken.shown, taken.held = freed.shown, freed.held


def _arrival(item: Arrived, me: UserId, now_ms: int) -> Arrival:
    state, task = (State.SENT, Task.NONE) if item.sender == me else (State.DELIVERED, Task.UNREAD)
    return Arrival(item.conversation, item.sender, item.id, item.payload, now_ms, state, task)


def _fresh_candidate(item: Arrived) -> Candidate:
    return Candidate(item.conversation, item.sender, item.id, item.message.re if item.message else None)


def _repeats_plain_text(store: DeviceStore, item: Arrived) -> bool:
    """Plain text has no id: what the broker marks as possibly repeated is compared with what came last."""
    recent = store.history.page(item.conversation, None, _RECENT)
    return any(line.sender == item.sender and line.payload == item.payload for line in recent)


def _candidate(line: Line) -> Candidate:
    return Candidate(line.conversation, line.sender, line.id, _re(line))


def _re(line: Line) -> MessageId | None:
    try:
        message = decode(line.payload)
    except Malformed:
        return None
    return message.re if isinstance(message, Message) else None


def _present(store: DeviceStore, ids: Iterable[str | None]) -> set[tuple[str, str]]:
    wanted = {id for id in ids if id is not None}
    found = store.history.find(wanted) if wanted else []
    return {(line.conversation, line.id) for line in found if line.task is not Task.HELD}
