"""One batch on its way into Redis: the calls that it answers, and the one script call that it becomes.

Refuses to know: connections, retries, time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xasup.protocol.errors import Malformed
from xasup.wire.log.port import Outcome, Position, Record, refusal_of
from xasup.wire.log.redis_keys import HeaderPress

Argument = str | bytes | int


@dataclass(slots=True, eq=False)
class Call:
    """Of append(): its records, and who waits for their outcomes."""

    records: Sequence[Record]
    done: asyncio.Future[list[Outcome]]


@dataclass(slots=True, eq=False)
class Batch:
    """*groups*: by stream, the records flat (key, value, headers); *refused*: outcomes that are known already, by the
    record's index."""

    number: int
    calls: Sequence[Call]
    size: int = 0
    groups: dict[str, list[bytes]] = field(default_factory=dict)
    refused: dict[int, Malformed] = field(default_factory=dict)

    def arguments(
        self, keys: Mapping[str, str], state: str, fixed: Sequence[str | bytes | int]
    ) -> list[str | bytes | int]:
        """Of append.lua, from the number of keys on. *keys*: by stream; *fixed*: what comes before the groups."""
        arguments: list[Argument] = [1 + len(self.groups), state, *map(keys.__getitem__, self.groups), *fixed]
        for flat in self.groups.values():
            arguments.append(len(flat) // 3)
            arguments += flat
        return arguments

    def settle(self, reply: bytes) -> None:
        """Hand out the outcomes. *reply*: of append.lua."""
        firsts = reply.decode().split(" ") if self.groups else []
        places = {stream: _positions(first) for stream, first in zip(self.groups, firsts, strict=True)}
        index = 0
        for call in self.calls:
            outcomes: list[Outcome] = []
            for record in call.records:
                outcomes.append(self.refused.get(index) or next(places[record.stream]))
                index += 1
            if not call.done.done():
                call.done.set_result(outcomes)

    def fail(self, error: Exception) -> None:
        for call in self.calls:
            if not call.done.done():
                call.done.set_exception(error)
                call.done.exception()  # nobody needs to be told who does not ask


def form(number: int, calls: Sequence[Call], streams: Container[str], press: HeaderPress) -> Batch:
    """The batch that these calls make up. *streams*: those that there are."""
    batch = Batch(number, calls)
    index = 0
    for call in calls:
        for record in call.records:
            refusal = refusal_of(record, streams)
            if refusal is None:
                try:
                    _put(batch.groups, record, press)
                except Malformed as error:
                    refusal = error
            if refusal is not None:
                batch.refused[index] = refusal
            index += 1
    batch.size = index
    return batch


def _put(groups: dict[str, list[bytes]], record: Record, press: HeaderPress) -> None:
    stream, key, value, headers = record
    text = press(headers)
    flat = groups.get(stream)
    if flat is None:
        flat = groups[stream] = []
    flat += (key, value, text)


def _positions(first: str) -> Iterator[Position]:
    """As they follow each other in one group."""
    ms, _, start = first.partition("-")
    at = int(start)
    while True:
        yield Position(0, f"{ms}-{at}")
        at += 1
