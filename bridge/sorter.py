"""What came with one read of the socket, sorted into what is to be done about it: the decisions of the bridge.

Refuses to know: the log, the broker, clocks and dice (the caller gives both).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from bridge import dead_letters
from bridge.dead_letters import bury
from bridge.reading import identify, membership
from bridge.ways import Way, Ways
from bridge.window import Known, Window, mark
from xasup.protocol import envelope, receipts
from xasup.protocol.access import DROPPED
from xasup.protocol.errors import Code, Malformed, Refused, XasupError
from xasup.protocol.ids import MessageId
from xasup.protocol.streams import Header, Type
from xasup.wire.log.port import Outcome, Position, Record
from xasup.wire.mqtt.intake import Delivery

_ID, _TIME = str(Header.ID), str(Header.TIME)
_DROPPED = DROPPED.encode()


class Message(NamedTuple):
    """One that its sender waits for."""

    way: Way
    id: MessageId
    known: Known


class Rejection(NamedTuple):
    """*id*: None where the payload has none that can be read; *kind*: one of dead_letters.CLASSES."""

    way: Way
    id: MessageId | None
    error: XasupError
    kind: str


class Batch:
    """*mids*: to be acknowledged, in order; *records*: to be appended; *messages*: one for each record, None where
    nobody waits for it; *repeated*: what came already; *dropped*: the broker's own count of what it dropped, where it
    came; *fences*: who wants to hear that all before is in the log, with the ids of their requests; *count*, *size*:
    deliveries, and bytes of their payloads; *taken*: seconds by the caller's clock."""

    __slots__ = (
        "count",
        "dropped",
        "fences",
        "given",
        "messages",
        "mids",
        "records",
        "rejected",
        "repeated",
        "size",
        "taken",
        "time",
    )

    def __init__(self, given: str, time: bytes, taken: float) -> None:
        self.given, self.time, self.taken = given, time, taken
        self.mids: list[int] = []
        self.records: list[Record] = []
        self.messages: list[Message | None] = []
        self.repeated: list[Message] = []
        self.rejected: list[Rejection] = []
        self.dropped: int | None = None
        self.fences: list[tuple[str, str]] = []
        self.count = self.size = 0

    def add(self, record: Record, message: Message | None) -> None:
        self.records.append(record)
        self.messages.append(message)

    def give_id(self) -> str:
        """For the next record, where its sender gave none."""
        return f"{self.given}.{len(self.records)}"


class Sorter:
    """*ids* gives one that nobody else has, from the time in milliseconds since the epoch."""

    def __init__(self, ways: Ways, window: Window, ids: Callable[[int], str]) -> None:
        self._ways, self._window, self._ids = ways, window, ids
        self._known_ways = ways.known.get
        self._sort: dict[Type | None, Callable[[Batch, Way, bytes], None]] = {
            Type.MESSAGE: self._message,
            Type.RECEIPT: self._receipt,
            Type.MEMBERSHIP: self._membership,
            Type.DEAD_LETTER: self._stray,
            None: self._count,
        }

    def sort(self, deliveries: Sequence[Delivery], ms: int, taken: float) -> Batch:
        """*ms* since the epoch."""
        batch = Batch(self._ids(ms), rfc3339(ms), taken)
        known, find, sort, mids = self._known_ways, self._ways.find, self._sort, batch.mids
        size = 0
        for topic, payload, mid in deliveries:
            way = known(topic) or find(topic)
            size += len(payload)
            if mid:
                mids.append(mid)
            try:
                sort[way.type](batch, way, payload)
            except XasupError as error:
                kind = dead_letters.CONFLICT if error.code is Code.CONFLICT else dead_letters.MALFORMED
                self._reject(batch, way, payload, error, kind)
        batch.count, batch.size = len(deliveries), size
        return batch

    def not_taken(self, batch: Batch, outcomes: Iterable[Outcome]) -> Batch:
        """What the log never takes of *batch*, as dead letters."""
        letters = Batch(f"{batch.given}.r", batch.time, batch.taken)
        for record, message, outcome in zip(batch.records, batch.messages, outcomes, strict=True):
            if isinstance(outcome, Position):
                continue
            way = message.way if message else self._ways.find(dict(record.headers)[str(Header.SUBJECT)])
            if message is not None:
                self._window.forget(way.prefix + message.id)
            self._reject(letters, way, record.value, outcome, dead_letters.TOO_LARGE)
        return letters

    def _message(self, batch: Batch, way: Way, payload: bytes) -> None:
        id = identify(payload)
        if id is None:
            return self._keep(batch, way, payload)
        key, content = way.prefix + id, mark(way.topic, payload)
        known = self._window.find(key)
        if known is None:
            known = Known(content)
            self._window.add(key, known)
            headers = [*way.headers, (_ID, id.encode()), (_TIME, batch.time)]
            batch.records.append(Record(way.stream, way.key, payload, headers))
            batch.messages.append(Message(way, id, known))
        elif known.mark == content:
            batch.repeated.append(Message(way, id, known))
        else:
            raise Refused(f"id {id} is taken by another message of yours; send this one with a new id", Code.CONFLICT)
        return None

    def _receipt(self, batch: Batch, way: Way, payload: bytes) -> None:
        receipts.decode(payload)
        self._keep(batch, way, payload)

    def _membership(self, batch: Batch, way: Way, payload: bytes) -> None:
        key = membership(payload)
        if key is not None:
            self._keep(batch, way, payload, key)

    def _stray(self, batch: Batch, way: Way, payload: bytes) -> None:
        self._reject(batch, way, payload, Malformed(way.fault), dead_letters.STRAY)

    def _count(self, batch: Batch, way: Way, payload: bytes) -> None:
        if way.topic == _DROPPED and payload.isdigit():
            batch.dropped = int(payload)
        elif way.asker and (id := envelope.id_of(payload)) is not None:
            batch.fences.append((way.asker, id))

    def _keep(self, batch: Batch, way: Way, payload: bytes, key: bytes = b"") -> None:
        """Under an id of ours; nobody waits for it."""
        headers = [*way.headers, (_ID, batch.give_id().encode()), (_TIME, batch.time)]
        batch.add(Record(way.stream, key or way.key, payload, headers), None)

    def _reject(self, batch: Batch, way: Way, payload: bytes, error: XasupError, kind: str) -> None:
        id = envelope.id_of(payload)
        batch.add(bury(way, payload, error, id or batch.give_id(), batch.time), None)
        error.__context__ = None
        error.with_traceback(None)  # else it holds the frame that holds the batch that holds it
        batch.rejected.append(Rejection(way, id, error, kind))


def rfc3339(ms: int) -> bytes:
    """Milliseconds since the epoch, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
