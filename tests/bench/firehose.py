"""Senders of real messages, encoded ahead, each with a window of QoS 1 publishes under way. A process of its own.

`python -m tests.bench.firehose PORT PLAN [listen]` answers each line of its input, `COUNT RATE`, with the seconds that
it took until the broker had acknowledged so many messages (RATE: in all, a second; 0: as fast as the broker takes
them). With `listen` each sender hears its own mailbox, and the answer tells how long it took until *stored* was heard.
Refuses to know: who mirrors them.
"""

from __future__ import annotations

import gc
import json
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.raw_mqtt import RawClient
from xasup.protocol import codec, envelope, topics
from xasup.protocol.envelope import Message
from xasup.protocol.ids import UserId, uuid7
from xasup.wire.mqtt import packets

PAYLOAD, WINDOW = 150, 50  # bytes; messages under way per sender
_PUBACK = 4  # bytes of one, where there is a subscriber


class Sender(NamedTuple):
    """A line of the plan."""

    client: str
    user: str
    password: str
    to: str


def message(number: int, ms: int) -> bytes:
    """A message of PAYLOAD bytes with an id of its own."""
    body = Message(uuid7(ms, number << 8), ms, "x", number + 1)
    return envelope.encode(Message(body.id, ms, "x" * (PAYLOAD - len(envelope.encode(body)) + 1), body.n))


class Hose:
    """One sender's connection."""

    def __init__(self, port: int, sender: Sender, index: int) -> None:
        self._client = RawClient(port, sender.client, sender.user, sender.password, version=5)
        assert self._client.code == 0, f"{sender.client} was not let in: {self._client.code:#x}"
        self.socket: socket.socket = self._client._socket
        self._topic = topics.message(UserId(sender.to), UserId(sender.user))
        self._first, self._index = 0, index
        self._bytes, self._ends = b"", [0]
        self.sent = self.acknowledged = self._heard = 0

    def load(self, count: int, ms: int) -> None:
        """Encode so many more."""
        made = [
            packets.publish(self._topic, message(number << 12 | self._index, ms), 1, False, number % 65535 + 1)
            for number in range(self._first, self._first + count)
        ]
        self._first += count
        self._bytes, self._ends = b"".join(made), [0]
        for packet in made:
            self._ends.append(self._ends[-1] + len(packet))
        self.sent = self.acknowledged = self._heard = 0

    @property
    def done(self) -> bool:
        return self.acknowledged == len(self._ends) - 1

    def send(self, upto: int) -> None:
        """What the window lets out, at most *upto* in all."""
        last = min(len(self._ends) - 1, self.acknowledged + WINDOW, upto)
        if last > self.sent:
            self.socket.sendall(self._bytes[self._ends[self.sent] : self._ends[last]])
            self.sent = last

    def read(self) -> None:
        self._heard += len(self.socket.recv(65536))
        self.acknowledged = self._heard // _PUBACK


class Listener(Hose):
    """The same, with an ear for what is said to its sender. *took*: seconds from publish to *stored*."""

    def __init__(self, port: int, sender: Sender, index: int) -> None:
        super().__init__(port, sender, index)
        assert self._client.subscribe(topics.mailbox(UserId(sender.user))) == 1
        self._rest = b""
        self._since: deque[float] = deque()  # of those that are not stored; the log has one sender's in order
        self.took: list[float] = []

    def load(self, count: int, ms: int) -> None:
        super().load(count, ms)
        self.took = []

    @property
    def done(self) -> bool:
        return super().done and not self._since

    def send(self, upto: int) -> None:
        before = self.sent
        super().send(upto)
        self._since.extend([time.perf_counter()] * (self.sent - before))

    def read(self) -> None:
        data = self._rest + self.socket.recv(1 << 18)
        found, end = packets.frames(data)
        self._rest = data[end:]
        mids = []
        for frame in found:
            if frame.first == packets.PUBACK:
                self.acknowledged += 1
            else:
                event = packets.read_publish(data, frame)
                mids.append(event.mid)
                self._hear(codec.decode_object(event.payload))
        if mids:
            self.socket.sendall(packets.pubacks(mids))

    def _hear(self, event: dict[str, Any]) -> None:
        now = time.perf_counter()
        self.took += [now - self._since.popleft() for _ in event["ids"]]


def run(hoses: Sequence[Hose], count: int, rate: float) -> float:
    """Seconds."""
    each, ms = count // len(hoses), time.time_ns() // 1_000_000
    for hose in hoses:
        hose.load(each, ms)
    by_file = {hose.socket.fileno(): hose for hose in hoses}
    poll = select.epoll()
    for file in by_file:
        poll.register(file, select.EPOLLIN)
    start = time.perf_counter()
    for hose in () if rate else hoses:
        hose.send(each)
    left, due = set(by_file), 0
    while left:
        now_due = min(count, int((time.perf_counter() - start) * rate) + 1) if rate else 0
        for number in range(due, now_due):  # one sender after the other
            hoses[number % len(hoses)].send(number // len(hoses) + 1)
        due = now_due
        for file, _ in poll.poll(0.0005 if rate else 5):
            hose = by_file[file]
            hose.read()
            hose.send(due // len(hoses) if rate else each)
            if hose.done:
                left.discard(file)
    return time.perf_counter() - start


def quantiles(hoses: Sequence[Hose]) -> dict[str, float]:
    """Of the time from publish to *stored*, in milliseconds."""
    took = sorted(seconds for hose in hoses if isinstance(hose, Listener) for seconds in hose.took)
    return {f"p{share}_ms": round(took[len(took) * share // 100] * 1000, 3) for share in (50, 99) if took}


def main(port: int, plan: Path, kind: type[Hose]) -> None:
    gc.disable()  # it would be part of the latencies
    hoses = [kind(port, Sender(*fields), index) for index, fields in enumerate(json.loads(plan.read_text()))]
    print("{}", flush=True)
    for line in sys.stdin:
        count, rate = line.split()
        seconds = run(hoses, int(count), float(rate))
        print(json.dumps({"seconds": seconds, **quantiles(hoses)}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Listener if sys.argv[3:] == ["listen"] else Hose)
