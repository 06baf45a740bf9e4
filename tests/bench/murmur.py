"""`python -m tests.bench.murmur`: contacts who speak, and who come and go, at a steady pace; a process of its own.

The first line of its input says who and how often; the end of its input ends it. Refuses to know: what it is for.
"""

from __future__ import annotations

import json
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench.population import DEVICE, TOKEN
from tests.support.raw_mqtt import RawClient
from xasup.protocol import codec, envelope, events, topics
from xasup.protocol.envelope import Message
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, UserId, uuid7

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Plan:
    """*speakers*: write to *to*, every second message is the first one's; *visitors*: come and go; *messages* and
    *changes*: of all of them, a second."""

    port: int
    to: str
    speakers: list[str] = field(default_factory=list)
    visitors: list[str] = field(default_factory=list)
    messages: float = 0
    changes: float = 0

    def line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


class Murmur:
    """*people*: connected; *spoken*, *changed*: how many messages and changes there were."""

    def __init__(self, plan: Plan, people: Mapping[str, RawClient]) -> None:
        self._plan, self._people = plan, people
        self._spoken = self._changed = 0

    def go_on(self, passed: float) -> None:
        """Say and do what is due after so many seconds."""
        while self._spoken < passed * self._plan.messages:
            self._speak()
        while self._changed < passed * self._plan.changes:
            visitors = self._plan.visitors
            rounds, at = divmod(self._changed, len(visitors))
            self.turns(visitors[at], online=rounds % 2 == 1)
            self._changed += 1

    def turns(self, name: str, online: bool) -> None:
        payload = codec.encode(events.presence(online, DEVICE, _now()))
        self._people[name].publish(topics.presence(UserId(name)), payload, retain=True)

    def _speak(self) -> None:
        number, (first, *others) = self._spoken, self._plan.speakers
        name = UserId(first if number % 2 == 0 or not others else others[number // 2 % len(others)])
        text = f"line {number} of what is murmured"
        message = Message(uuid7(_now(), secrets.randbits(74)), _now(), text, number + 1)
        self._people[name].publish(topics.message(UserId(self._plan.to), name), envelope.encode(message))
        self._spoken += 1


def main(plan: Plan) -> None:
    """Until the input ends."""
    with ExitStack() as stack:
        people = {
            name: stack.enter_context(RawClient(plan.port, str(ClientId(UserId(name), DEVICE)), name, TOKEN))
            for name in {*plan.speakers, *plan.visitors}
        }
        murmur = Murmur(plan, people)
        for name in plan.visitors:
            murmur.turns(name, online=True)
        print("ready", flush=True)
        start = time.monotonic()
        while not select.select([sys.stdin], [], [], 0.005)[0]:
            murmur.go_on(time.monotonic() - start)


@contextmanager
def murmuring(plan: Plan) -> Iterator[None]:
    """Have them do so beside the block."""
    command = [sys.executable, "-m", __name__]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(plan.line())
        process.stdin.flush()
        if process.stdout.readline() != "ready\n":
            raise Unavailable("those who murmur ended; they say why above")
        yield
        if process.poll() is not None:
            raise Unavailable("those who murmur fell silent; they say why above")
    finally:
        process.stdin.close()
        process.wait(timeout=15)


def _now() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    main(Plan(**json.loads(sys.stdin.readline())))
