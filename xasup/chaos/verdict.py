"""The one check: what devices accepted, showed and told, held against the promises P1 to P5. Pure.

*Lost* is what a sender saw as *stored* and a recipient does not show. Refuses to know: how the devices came to their
state, which faults there were.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from xasup.chaos.transcript import Shown, Told
from xasup.protocol.states import State

_RANK = {
    state: rank for rank, state in enumerate((State.SENDING, State.SENT, State.STORED, State.DELIVERED, State.READ))
}
_SAFE = frozenset({State.STORED, State.DELIVERED, State.READ})


class Accepted(NamedTuple):
    """A message that a device took from its person. *conversation*: a user, or `g:{group}`."""

    id: str
    conversation: str
    state: State


@dataclass(frozen=True, slots=True)
class Device:
    """What one device says in the end: *accepted* and *shown* with repetitions, in order; *told*: states, in order."""

    user: str
    accepted: Sequence[Accepted] = ()
    shown: Sequence[Shown] = ()
    told: Sequence[Told] = ()


@dataclass(frozen=True, slots=True)
class World:
    """Who may hear whom. *contacts*: by user, from whom they hear; *members*: by `g:{group}`."""

    contacts: Mapping[str, Collection[str]]
    members: Mapping[str, Collection[str]] = field(default_factory=dict)

    def hearers(self, sender: str, conversation: str) -> Collection[str]:
        """Who is to be shown what *sender* writes there."""
        if conversation in self.members:
            members = self.members[conversation]
            return [member for member in members if member != sender] if sender in members else []
        return [conversation] if sender in self.contacts.get(conversation, ()) else []


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts, and what is wrong: by kind, at most some of the offending ids."""

    accepted: int
    stored: int
    shown: int
    wrong: Mapping[str, list[str]]

    @property
    def good(self) -> bool:
        return not any(self.wrong.values())

    @property
    def complete(self) -> bool:
        """Nothing is missing; what is wrong beyond that does not heal."""
        return not self.wrong[LOST] and not self.wrong[UNSETTLED]


LOST, UNSETTLED, TWICE, DISORDER, UNWANTED, BACKWARDS = (
    "lost",
    "not settled",
    "shown twice",
    "out of order",
    "seen without consent",
    "receipt gone backwards",
)


def judge(world: World, devices: Sequence[Device]) -> Verdict:
    """Of all devices, one or more of each user, when everything has come to rest."""
    checks = {
        LOST: list(_lost(world, devices)),
        UNSETTLED: list(_unsettled(world, devices)),
        TWICE: [id for device in devices for id in _twice(device)],
        DISORDER: [id for device in devices for id in _disorder(device)],
        UNWANTED: [id for device in devices for id in _unwanted(world, device)],
        BACKWARDS: [id for device in devices for id in _backwards(device)],
    }
    accepted = [line for device in devices for line in device.accepted]
    return Verdict(
        accepted=len(accepted),
        stored=sum(line.state in _SAFE for line in accepted),
        shown=sum(len(device.shown) for device in devices),
        wrong=checks,
    )


def _lost(world: World, devices: Sequence[Device]) -> Iterator[str]:
    """P1, and consumed at every device of the recipient."""
    shown = [(device.user, {(item.sender, item.id) for item in device.shown}) for device in devices]
    by_user: dict[str, list[set[tuple[str, str]]]] = defaultdict(list)
    for user, items in shown:
        by_user[user].append(items)
    for device in devices:
        for line in device.accepted:
            if line.state in _SAFE:
                for hearer in world.hearers(device.user, line.conversation):
                    if not all((device.user, line.id) in items for items in by_user[hearer]):
                        yield f"{line.id} of {device.user} to {line.conversation}, at {hearer}"


def _unsettled(world: World, devices: Sequence[Device]) -> Iterator[str]:
    """What was accepted for somebody who agreed is stored in the end."""
    for device in devices:
        for line in device.accepted:
            if line.state not in _SAFE and world.hearers(device.user, line.conversation):
                yield f"{line.id} of {device.user} to {line.conversation} is {line.state}"


def _twice(device: Device) -> Iterator[str]:
    """P2."""
    counts = Counter((item.sender, item.id) for item in device.shown)
    for (sender, id), count in counts.items():
        if count > 1:
            yield f"{id} of {sender} at {device.user}, {count} times"


def _disorder(device: Device) -> Iterator[str]:
    """P3."""
    newest: dict[tuple[str, str, str], int] = {}
    for item in device.shown:
        lane = (item.conversation, item.sender, item.src)
        if item.n and item.n <= newest.get(lane, 0):
            yield f"{item.id} of {item.sender} at {device.user}: number {item.n} after {newest[lane]}"
        newest[lane] = max(newest.get(lane, 0), item.n)


def _unwanted(world: World, device: Device) -> Iterator[str]:
    """P5."""
    for item in device.shown:
        if device.user not in world.hearers(item.sender, _as_sent(item, device.user)):
            yield f"{item.id} of {item.sender} at {device.user}"


def _as_sent(item: Shown, me: str) -> str:
    return item.conversation if item.conversation.startswith("g:") else me


def _backwards(device: Device) -> Iterator[str]:
    """P4."""
    newest: dict[str, int] = {}
    for id, state in device.told:
        if state == State.REFUSED and newest.get(id, 0) <= _RANK[State.SENT]:
            continue  # an end like others: the broker took it, forgot it, and did not take it again
        rank = _RANK.get(State(state), 0)
        if rank < newest.get(id, 0):
            yield f"{id} of {device.user}: {state} after {list(_RANK)[newest[id]]}"
        newest[id] = max(newest.get(id, 0), rank)
