"""What is decided about what came, without any server."""

from __future__ import annotations

import gc
from itertools import count

import pytest

from bridge.dead_letters import CLASSES
from bridge.sorter import Batch, Sorter
from bridge.ways import REMEMBERED, Ways
from bridge.window import Window
from tests.bridge.envelopes import body, delivery
from xasup.protocol import topics
from xasup.protocol.errors import Code, Malformed
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.streams import Stream
from xasup.wire.log.port import Position, Record

ALICE, BOB, HIKERS = UserId("alice"), UserId("bob"), GroupId("hikers")
TO_BOB, TO_HIKERS = topics.message(BOB, ALICE), topics.group_message(HIKERS, ALICE)
RECEIPT = topics.receipt(ALICE, BOB)
GROUPS = topics.event(BOB, "groups")
MS = 1_792_000_000_123
TIME = b"2026-10-14T17:46:40.123Z"


class Desk:
    """A sorter and its window."""

    def __init__(self, size: int = 100) -> None:
        self.window = Window(size)
        numbers = count(1)
        self.sorter = Sorter(Ways("here"), self.window, lambda ms: f"given-{next(numbers)}")

    def sort(self, *deliveries: tuple[str, bytes]) -> Batch:
        return self.sorter.sort([delivery(*each, mid=mid) for mid, each in enumerate(deliveries, 1)], MS, 0.0)


@pytest.mark.parametrize("bad", [b'{"id":1}', b'{"id":"m1","text":""}', body("m0", text="another")])
def test_what_was_rejected_goes_with_its_batch(bad: bytes) -> None:
    """Without the look for cycles, which the bridge takes only every ten minutes."""
    desk = Desk()
    desk.sort((TO_BOB, body("m0")))
    gc.collect()
    gc.disable()
    try:
        batch = desk.sort((TO_BOB, body("m9")), (TO_BOB, bad))
        assert len(batch.rejected) == 1
        del batch
        assert gc.collect() == 0
    finally:
        gc.enable()


def headers(record: Record) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}


def common(type: str, topic: str, id: str) -> dict[str, str]:
    spec = {"ce_specversion": "1.0", "ce_source": "here", "ce_type": type, "ce_subject": topic}
    return spec | {"ce_id": id, "ce_time": TIME.decode()}


@pytest.mark.parametrize(
    ("topic", "payload", "key", "stream", "expected"),
    [
        (TO_BOB, body("m1"), b"alice:bob", Stream.MESSAGES, ("xasup.message", "m1", "alice", "bob")),
        (TO_BOB, b"21.5", b"alice:bob", Stream.MESSAGES, ("xasup.message", "given-1.0", "alice", "bob")),
        (TO_BOB, b"", b"alice:bob", Stream.MESSAGES, ("xasup.message", "given-1.0", "alice", "bob")),
        (TO_HIKERS, body("m1"), b"g:hikers", Stream.MESSAGES, ("xasup.message", "m1", "alice", "hikers")),
        (
            RECEIPT,
            b'{"read":["m1"]}',
            b"alice:bob",
            Stream.RECEIPTS,
            ("xasup.receipt", "given-1.0", "bob", "alice"),
        ),
        (
            GROUPS,
            b'{"event":"group","group":"hikers"}',
            b"g:hikers",
            Stream.MESSAGES,
            ("xasup.membership", "given-1.0", "groups", "bob"),
        ),
    ],
)
def test_the_record_of_what_came(
    topic: str, payload: bytes, key: bytes, stream: Stream, expected: tuple[str, str, str, str]
) -> None:
    type, id, sender, to = expected
    batch = Desk().sort((topic, payload))
    (record,) = batch.records
    assert (record.stream, record.key, record.value) == (stream, key, payload)
    assert headers(record) == common(type, topic, id) | {"from": sender, "to": to}
    assert batch.mids == [1]
    assert [message.id for message in batch.messages if message] == ([id] if payload == body("m1") else [])


def test_other_news_of_groups_is_acknowledged_and_forgotten() -> None:
    batch = Desk().sort((GROUPS, b'{"event":"answer","id":"1","op":"list","ok":true}'))
    assert (batch.mids, batch.records, batch.rejected) == ([1], [], [])


@pytest.mark.parametrize(
    ("topic", "payload", "id", "sender"),
    [
        (TO_BOB, b'{"id":"m1","n":1}', "m1", "alice"),
        (TO_BOB, b'{"id":"not an id","text":"x"}', None, "alice"),
        (RECEIPT, b'{"read":"m1"}', None, "bob"),
        (RECEIPT, b"plain", None, "bob"),
        (GROUPS, b"plain", None, ""),
        ("xasup/v1/u/Bob/msg/alice", b"x", None, ""),
        ("other/topic", body("m1"), "m1", ""),
    ],
)
def test_what_cannot_be_understood_is_a_dead_letter_and_holds_up_nothing(
    topic: str, payload: bytes, id: str | None, sender: str
) -> None:
    batch = Desk().sort((topic, payload), (TO_BOB, body("after")))
    letter, after = batch.records
    assert (letter.stream, letter.key, letter.value) == (Stream.DEAD_LETTERS, topic.encode(), payload)
    told = headers(letter)
    assert told["ce_subject"] == topic
    assert told["ce_type"] == "xasup.dead-letter"
    assert told["ce_id"] == (id or "given-1.0")
    assert told["reason"] == str(batch.rejected[0].error)
    assert (batch.rejected[0].id, batch.rejected[0].way.sender) == (id, sender)
    assert batch.rejected[0].kind in CLASSES
    assert (batch.mids, after.value) == ([1, 2], body("after"))


def test_the_same_again_is_not_appended_again() -> None:
    desk = Desk()
    first = desk.sort((TO_BOB, body("m1")), (TO_BOB, body("m1")))
    assert len(first.records) == 1
    again = desk.sort((TO_BOB, body("m1")))
    assert (again.records, again.mids) == ([], [1])
    (repeated,) = again.repeated
    assert first.messages[0] is not None
    assert repeated.known is first.messages[0].known


@pytest.mark.parametrize("second", [(TO_BOB, body("m1", "other")), (topics.message(UserId("eve"), ALICE), body("m1"))])
def test_an_id_with_another_content_or_conversation_is_a_conflict(second: tuple[str, bytes]) -> None:
    desk = Desk()
    desk.sort((TO_BOB, body("m1")))
    batch = desk.sort(second)
    assert batch.rejected[0].error.code is Code.CONFLICT
    assert batch.rejected[0].kind == "conflict"
    assert [record.stream for record in batch.records] == [Stream.DEAD_LETTERS]
    assert desk.sort((TO_BOB, body("m1"))).repeated, "the first one is still known"


def test_the_same_id_of_another_sender_is_another_message() -> None:
    batch = Desk().sort((TO_BOB, body("m1")), (topics.message(ALICE, BOB), body("m1")))
    assert len(batch.records) == 2


def test_a_window_of_nothing_recognises_nothing() -> None:
    desk = Desk(0)
    assert len(desk.sort((TO_BOB, body("m1")), (TO_BOB, body("m1"))).records) == 2


def test_the_window_forgets_the_oldest() -> None:
    desk = Desk(2)
    desk.sort(*((TO_BOB, body(id)) for id in ("m1", "m2", "m3")))
    assert len(desk.window) == 2
    assert [bool(desk.sort((TO_BOB, body(id))).repeated) for id in ("m3", "m2", "m1")] == [True, True, False]


def test_what_the_log_never_takes_is_forgotten_and_told() -> None:
    desk = Desk()
    batch = desk.sort((TO_BOB, body("m1")), (TO_BOB, body("m2")))
    error = Malformed("too large")
    letters = desk.sorter.not_taken(batch, [Position(0, "1"), error])
    assert [(it.id, it.kind, it.error) for it in letters.rejected] == [("m2", "too-large", error)]
    assert [record.key for record in letters.records] == [TO_BOB.encode()]
    assert desk.sort((TO_BOB, body("m2"))).records, "offered again it is judged again"


def test_the_brokers_count_of_what_it_dropped_is_no_record() -> None:
    batch = Desk().sort(("$SYS/broker/publish/messages/dropped", b"17"))
    assert (batch.dropped, batch.records) == (17, [])


def test_what_is_remembered_of_topics_is_bounded() -> None:
    ways = Ways("here")
    for number in range(REMEMBERED + 10):
        ways.find(b"xasup/v1/u/u%d/msg/alice" % number)
    assert len(ways.known) == 10


def test_a_service_may_ask_for_a_fence_and_nobody_else() -> None:
    asked = topics.request("bridge", UserId("svc-history"))
    batch = Desk().sort((TO_BOB, body("m1")), (asked, b'{"id":"f1","op":"fence"}'))
    assert (batch.fences, len(batch.records), batch.mids) == ([("svc-history", "f1")], 1, [1, 2])
    strangers = Desk().sort((topics.request("bridge", ALICE), b'{"id":"f2"}'), (asked, b"7"))
    assert (strangers.fences, strangers.records, strangers.dropped) == ([], [], None)
