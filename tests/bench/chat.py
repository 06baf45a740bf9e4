"""`chat`: a message from engine to engine, until *delivered* is back at the sender, over the whole backend.

The peer does the same flow (message, receipt) with bare aiomqtt over bare Mosquitto: no plugin, no store, no states.
Sender and receiver are a process each, on both sides.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.bench import backends
from tests.bench.brokers import BARE, OURS, serve, versions
from tests.bench.population import DEVICE, TOKEN, Population
from tests.bench.rounds import Contest, Rounds, Sample, closing
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, UserId

PROCESSES = ("sender", "receiver", "broker")


def run(
    folder: Path,
    contest: Contest,
    rounds: int = 7,
    edges: int = 100_000,
    seconds: float = 2.0,
    size: int = 100,
) -> dict[str, Any]:
    """*seconds*: of each measurement; *size*: messages under way."""
    people = Population.of_edges(edges, at_least=2)
    alice, bob = people.name(0), people.name(people.contacts(0)[0])
    with ExitStack() as stack:
        cells = [*backends.users([alice, bob]), *backends.friends([(alice, bob)])]
        backend = stack.enter_context(backends.serve(folder, OURS, people, cells, contest.say))
        bare = stack.enter_context(serve(folder, BARE))
        ours, peer = (
            stack.enter_context(_conversation(folder, way, port, broker, alice, bob))
            for way, port, broker in (
                (OURS, backend.settings.mqtt_port, backend.mosquitto.pid),
                (BARE, bare.port, bare.pid),
            )
        )
        contest.say(f"{size} under way:")
        for side in (ours, peer):
            side.measure(size, min(0.5, seconds))  # nobody's first second counts
        busy = contest.alternate(
            lambda: ours.measure(size, seconds), lambda: peer.measure(size, seconds), rounds, "rate", "msg/s"
        )
        contest.say("one at a time:")
        short = min(0.5, seconds)
        calm = contest.alternate(
            lambda: ours.measure(1, short), lambda: peer.measure(1, short), rounds, "p50_us", "µs p50"
        )
    return closing("chat", "rate", "delivered msg/s", busy, _tells(busy, calm, size, people))


@dataclass(frozen=True)
class _Conversation:
    """Two processes that talk over one broker."""

    pids: dict[str, int]
    commands: IO[str]
    answers: IO[str]

    def measure(self, window: int, seconds: float) -> Sample:
        before = self._cpu()
        print(json.dumps({"window": window, "seconds": seconds}), file=self.commands, flush=True)
        sample = _answer(self.answers)
        spent = {name: us - before[name] for name, us in self._cpu().items()}
        return sample | {f"{name}_us": us / sample["messages"] for name, us in spent.items()}

    def _cpu(self) -> dict[str, float]:
        """Microseconds of processor time, by the kernel's clock of another process."""
        return {name: time.clock_gettime(~pid << 3 | 2) * 1e6 for name, pid in self.pids.items()}


@contextmanager
def _conversation(
    folder: Path, way: str, port: int, broker: int, alice: UserId, bob: UserId
) -> Iterator[_Conversation]:
    with ExitStack() as stack:
        receiver = stack.enter_context(_talker(folder, way, port, bob, alice))
        sender = stack.enter_context(_talker(folder, way, port, alice, bob))
        assert sender.stdin is not None
        assert sender.stdout is not None
        pids = dict(zip(PROCESSES, (sender.pid, receiver.pid, broker), strict=True))
        yield _Conversation(pids, sender.stdin, sender.stdout)


@contextmanager
def _talker(folder: Path, way: str, port: int, me: UserId, other: UserId) -> Iterator[subprocess.Popen[str]]:
    account = ConnectString(ClientId(me, DEVICE), TOKEN, "127.0.0.1", port).reveal()
    command = [sys.executable, "-m", "tests.bench.talk", way, account, other, str(folder / f"{way}-{me}.db")]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
    try:
        assert process.stdout is not None
        _answer(process.stdout)
        yield process
    finally:
        try:
            process.communicate(timeout=15)  # the end of its input ends it
        finally:
            process.kill()
            process.wait()


def _answer(answers: IO[str]) -> dict[str, Any]:
    line = answers.readline()
    if not line:
        raise Unavailable("a talker ended; it says why above")
    answer: dict[str, Any] = json.loads(line)
    return answer


def _tells(busy: Rounds, calm: Rounds, size: int, people: Population) -> dict[str, Any]:
    return {
        "under_way": size,
        "edges": people.edges,
        "p50_ms": _ms(busy.medians("p50_us")),
        "p99_ms": _ms(busy.medians("p99_us")),
        "unloaded": {"p50_ms": _ms(calm.medians("p50_us")), "p99_ms": _ms(calm.medians("p99_us"))},
        "us_per_message": {name: busy.medians(f"{name}_us", 1) for name in PROCESSES},
        "versions": versions(),
    }


def _ms(us: dict[str, float]) -> dict[str, float]:
    return {side: round(value / 1000, 2) for side, value in us.items()}
