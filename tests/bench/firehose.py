"""Senders of real messages, whose ids are new with every pour, sent by the load generator.

Each sender writes to one recipient of its own. Refuses to know: who mirrors them, what is measured.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.bench.generator import Connection, Generator
from tests.bench.rounds import Sample
from xasup.protocol import envelope, topics
from xasup.protocol.envelope import Message
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import MessageId, UserId

PAYLOAD, WINDOW = 150, 50  # bytes; messages under way per sender
TOKEN = "bench"


def sender(number: int) -> UserId:
    return UserId(f"s{number:03d}")


def recipient(number: int) -> UserId:
    return UserId(f"r{number:03d}")


@dataclass
class Firehose:
    """*size* senders at the broker on *port*. *listen*: a message is done when its sender hears that it is *stored*,
    instead of when the broker has acknowledged it."""

    generator: Generator
    name: str
    port: int
    size: int
    listen: bool
    _pours: count[int] = field(default_factory=lambda: count(1))
    _sent: int = 0
    _plan: Path = field(init=False)

    def __post_init__(self) -> None:
        self._plan = self.generator.plan(self.name, (self._connection(number) for number in range(self.size)))

    def pour(self, messages: int, rate: float) -> Sample:
        """So many, until all are done. *rate*: a second, one sender after the other; 0: as fast as they are done, each
        sender in bursts. Raises Unavailable where one is refused or not done."""
        words: dict[str, object] = {"count": messages, "requests": self._requests(messages, 1 if rate else WINDOW)}
        words |= {"rate": rate, "window": self.size * WINDOW, "warm-up": 0.1}
        if not self.listen:
            words["acknowledged"] = ""
        said = self.generator.run("ask", self.port, self._plan, words)
        if said["answered"] != messages or said["refused"]:
            raise Unavailable(f"the figure is worth nothing: {said}")
        return said

    def _connection(self, number: int) -> Connection:
        me = sender(number)
        ear = topics.mailbox(me) if self.listen else "-"
        return Connection(f"{me}:d", me, TOKEN, ear, (topics.message(recipient(number), me),))

    def _requests(self, messages: int, burst: int) -> Path:
        path = self.generator.folder / f"{self.name}.requests"
        pour, ms, first = next(self._pours), time.time_ns() // 1_000_000, self._sent
        self._sent += messages
        with path.open("wb") as file:
            for line in range(messages):
                link = line // burst % self.size
                file.write(b"%d\t%b\n" % (link, _message(f"p{pour}b-{line}", first + line + 1, ms)))
        return path


def _message(id: str, n: int, ms: int) -> bytes:
    """Of PAYLOAD bytes."""
    bare = envelope.encode(Message(MessageId(id), ms, "x", n))
    return envelope.encode(Message(MessageId(id), ms, "x" * (PAYLOAD - len(bare) + 1), n))
