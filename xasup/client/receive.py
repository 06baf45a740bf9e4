"""The job that takes a batch into the file: one transaction, after which everything may be acknowledged and told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from xasup.client.arrivals import Candidate, Judge, Known, Verdict, showable
from xasup.client.gaps import Gap, gaps
from xasup.client.sorting import Arrived, Post, is_local
from xasup.protocol.envelope import Message, PlainText, decode
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId, UserId
from xasup.protocol.states import State
from xasup.wire.store import Arrival, DeviceStore, Lane, Line, Task

_AT_ONCE = 10_000  # held lines looked at together; where there are more, missing numbers are given up
_MATCH = 600_000  # milliseconds by which the clocks of the log and of this device may differ, for a line without an id
_RECENT = 20  # lines among which a repeated plain text is looked for


@dataclass(slots=True)
class Taken:
    """What the transaction did. *arrived*: new lines; *shown*: those to show now, in order; *held*: ids that wait for
    what they reply to; *gaps*: ids that wait for the numbers before theirs; *came*: when all came that are held for
    that, milliseconds of our clock; *unarchived*: conversations that came back by what is shown; *repeated*: lines that
    came once more; *conflicts*: arrivals whose id is taken; *moved*: of another state now."""

    arrived: list[Line] = field(default_factory=list)
    shown: list[Line] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    gaps: dict[str, Gap] = field(default_factory=dict)
    came: dict[str, int] = field(default_factory=dict)
    unarchived: list[str] = field(default_factory=list)
    repeated: list[Line] = field(default_factory=list)
    conflicts: list[Arrived] = field(default_factory=list)
    moved: list[Line] = field(default_factory=list)
    looked: bool = False  # *held*, *gaps* and *came* say how it stands; else nobody looked


def take(store: DeviceStore, me: ClientId, post: Post, judge: Judge, now_ms: int, order: bool = True) -> Taken:
    """The durable part of *post*, but for its notes. *order*: whether numbers count."""
    taken = Taken()
    if post.arrived:
        _take_arrivals(store, me, post.arrived, judge, now_ms, order, taken)
    if post.news:
        taken.moved += store.outbox.advance(me.user, post.news)
    for conversation, ids in post.seen_elsewhere:
        taken.moved += store.inbox.shown(conversation, ids, Task.NONE)
    return taken


def release(
    store: DeviceStore,
    me: ClientId,
    overdue: Collection[str] | None,
    accepted: Collection[str] = (),
    order: bool = True,
) -> Taken:
    """Held lines whose time has come, and what waits behind them. *overdue*: replies held long enough (None: all);
    *accepted*: before which missing numbers are given up; *order*: whether numbers count at all."""
    taken = Taken()
    while True:
        some = _release_some(store, me, overdue, accepted, order)
        taken.shown += some.shown
        taken.unarchived += _unarchive(store, me.user, some.shown)
        if not some.shown or not (some.held or some.gaps):
            taken.held, taken.gaps, taken.came, taken.looked = some.held, some.gaps, some.came, True
            return taken


def _release_some(
    store: DeviceStore, me: ClientId, overdue: Collection[str] | None, accepted: Collection[str], order: bool
) -> Taken:
    """Of the oldest ones."""
    held = store.inbox.tasked(Task.HELD, _AT_ONCE)
    ids = {line.id for line in held}
    candidates = [_candidate(line, order) for line in held]
    counts = _counts(store, candidates)
    showing = showable(
        candidates,
        _present(store, [it.re for it in candidates]),
        ids if overdue is None else overdue,
        counts,
        ids if len(held) == _AT_ONCE else accepted,
    )
    shown = store.inbox.release(me.user, [held[index] for index in showing.shown])
    _note_numbers(store, [candidates[index] for index in showing.shown])
    found = gaps(me, candidates, showing.held, showing.gaps, counts)
    waiting = {id for gap in found.values() for id in gap.waiting}
    return Taken(
        shown=shown,
        held=[held[index].id for index in showing.replies],
        gaps=found,
        came={line.id: line.at for line in held if line.id in waiting},
    )


def _counts(store: DeviceStore, candidates: Iterable[Candidate]) -> dict[Lane, int]:
    return store.past.counts(it.lane for it in candidates if it.numbered)


def _note_numbers(store: DeviceStore, shown: Iterable[Candidate]) -> None:
    newest: dict[Lane, int] = {}
    for it in shown:
        if it.numbered:
            newest[it.lane] = max(it.n, newest.get(it.lane, 0))
    if newest:
        store.past.count(newest)


def _take_arrivals(
    store: DeviceStore, me: ClientId, arrived: list[Arrived], judge: Judge, now_ms: int, order: bool, taken: Taken
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
        elif not _is_here_without_id(store, item):
            fresh.append(item)
    if not fresh:
        return
    present = {(line.conversation, line.id) for line in here if line.task is not Task.HELD}
    candidates = [_fresh_candidate(item, order) for item in fresh]
    showing = showable(candidates, present, (), _counts(store, candidates))
    if not showing.held and not store.inbox.tasked(Task.HELD, 1):
        taken.arrived = taken.shown = store.inbox.add(
            [_arrival(fresh[index], me.user, now_ms) for index in showing.shown]
        )
        _note_numbers(store, candidates)
        taken.unarchived = _unarchive(store, me.user, taken.shown)
        taken.looked = True
        return
    taken.arrived = store.inbox.add([_arrival(item, me.user, now_ms)._replace(task=Task.HELD) for item in fresh])
    freed = release(store, me, (), order=order)
    taken.shown, taken.unarchived = freed.shown, freed.unarchived
    taken.held, taken.gaps, taken.came, taken.looked = freed.held, freed.gaps, freed.came, True


def _unarchive(store: DeviceStore, me: UserId, shown: Iterable[Line]) -> list[str]:
    """Somebody else has written there."""
    written = {line.conversation for line in shown if line.sender != me}
    return store.choices.unarchive(written) if written else []


def _arrival(item: Arrived, me: UserId, now_ms: int) -> Arrival:
    state, task = (State.SENT, Task.NONE) if item.sender == me else (State.DELIVERED, Task.UNREAD)
    return Arrival(item.conversation, item.sender, item.id, item.payload, now_ms, state, task)


def _fresh_candidate(item: Arrived, order: bool) -> Candidate:
    return _of_message(item.conversation, item.sender, item.id, item.message, order)


def _candidate(line: Line, order: bool) -> Candidate:
    try:
        message = decode(line.payload)
    except Malformed:
        message = PlainText("")
    return _of_message(line.conversation, line.sender, line.id, message, order)


def _of_message(conversation: str, sender: str, id: str, message: Message | PlainText | None, order: bool) -> Candidate:
    if not isinstance(message, Message):
        return Candidate(conversation, sender, id, None)
    return Candidate(conversation, sender, id, message.re, message.src if order else "", message.n, message.low)


def _is_here_without_id(store: DeviceStore, item: Arrived) -> bool:
    """Plain text has no id. What history tells is looked for among what came live, one for one; what the broker marks
    as possibly repeated is compared with what came last."""
    if item.message is not None or not is_local(item.id):
        return False
    if item.at is not None:
        return store.past.match(item.conversation, item.sender, item.payload, item.at, _MATCH)
    if not item.dup:
        return False
    recent = store.history.page(item.conversation, None, _RECENT)
    return any(line.sender == item.sender and line.payload == item.payload for line in recent)


def _present(store: DeviceStore, ids: Iterable[str | None]) -> set[tuple[str, str]]:
    wanted = {id for id in ids if id is not None}
    found = store.history.find(wanted) if wanted else []
    return {(line.conversation, line.id) for line in found if line.task is not Task.HELD}
