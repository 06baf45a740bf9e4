"""What a simulated run leaves behind, held against the promises: the one check of real runs, and what only somebody who
sees everything at once can check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from xasup.chaos.simulation.town import ALICE, BOB
from xasup.chaos.verdict import LOST, UNSETTLED, UNWANTED, Device, Verdict, judge
from xasup.protocol.states import State
from xasup.protocol.streams import Header, Stream, Type

if TYPE_CHECKING:
    from xasup.chaos.simulation.run import Run

EARLY, REPEATED, UNKEPT, BURIED, FAILED = (
    "confirmed before the file had it",
    "twice in the log",
    "stored and not in the log",
    "dead letter",
    "failed",
)
_SAFE = frozenset({State.STORED, State.DELIVERED, State.READ})


def judged(run: Run) -> Verdict:
    """As judge(), and more kinds."""
    devices = [person.device() for person in run.people]
    found = judge(run.town.world(), devices)
    logged = list(_logged(run))
    wrong = {
        **found.wrong,
        LOST: list(_lost(run, devices, found)),
        UNSETTLED: list(_unsettled(run, devices, found)),
        UNWANTED: [*found.wrong[UNWANTED], *_after_revocation(run, devices)],
        EARLY: run.early,
        REPEATED: [f"{id} of {sender}" for (sender, id), count in Counter(logged).items() if count > 1],
        UNKEPT: list(_unkept(devices, set(logged))),
        BURIED: _buried(run),
        FAILED: [failure for process in (run.bridge, run.history, *run.devices) for failure in process.failures],
    }
    return Verdict(found.accepted, found.stored, found.shown, wrong)


def complete(run: Run) -> bool:
    """Nothing is missing; what is wrong beyond that does not heal."""
    devices = [person.device() for person in run.people]
    found = judge(run.town.world(), devices)
    return not any(_lost(run, devices, found)) and not any(_unsettled(run, devices, found))


def _lost(run: Run, devices: list[Device], found: Verdict) -> Iterator[str]:
    """What one device of its recipient had and the log had not when consent ended reaches no other device: it may not
    be offered again."""
    if not found.wrong[LOST] or run.town.revoked_at is None:
        return iter(found.wrong[LOST])
    logged = set(_logged(run))
    forgotten = {
        line.id
        for device in devices
        for line in device.accepted
        if line.conversation in (ALICE, BOB) and (device.user, line.id) not in logged
    }
    return _without(forgotten, found.wrong[LOST])


def _unsettled(run: Run, devices: list[Device], found: Verdict) -> Iterator[str]:
    """What was refused after a revocation is settled."""
    refused = {
        line.id
        for device in devices
        for line in device.accepted
        if line.state is State.REFUSED and run.town.revoked_at is not None and line.conversation in (ALICE, BOB)
    }
    return _without(refused, found.wrong[UNSETTLED])


def _without(ids: set[str], wrong: list[str]) -> Iterator[str]:
    """What is said of other messages than these."""
    return (what for what in wrong if what.split(" ")[0] not in ids)


def _after_revocation(run: Run, devices: list[Device]) -> Iterator[str]:
    """P5: what was written after the answer reaches nobody."""
    if run.town.revoked_at is None:
        return
    late = {
        id
        for person in run.people
        for id, (conversation, when) in person.notes.accepted.items()
        if conversation in (ALICE, BOB) and when > run.town.revoked_at
    }
    for device in devices:
        for item in device.shown:
            if item.id in late:
                yield f"{item.id} of {item.sender} at {device.user}, written after the revocation"


def _logged(run: Run) -> Iterator[tuple[str, str]]:
    for entry in run.log.following(Stream.MESSAGES, 0, 1_000_000):
        if entry.headers[Header.TYPE] == Type.MESSAGE.encode():
            yield entry.headers[Header.FROM].decode(), entry.headers[Header.ID].decode()


def _unkept(devices: list[Device], logged: set[tuple[str, str]]) -> Iterator[str]:
    """P1: *stored* means the log has it."""
    for device in devices:
        for item in device.told:
            if item.state == State.STORED and (device.user, item.id) not in logged:
                yield f"{item.id} of {device.user}"


def _buried(run: Run) -> list[str]:
    return [entry.headers[Header.REASON].decode() for entry in run.log.following(Stream.DEAD_LETTERS, 0, 1_000_000)]
