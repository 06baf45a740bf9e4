"""What arrived, sorted by what it means: pure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xasup.client.sorting import Note, Post, Sorter, is_local
from xasup.protocol import codec, topics
from xasup.protocol.ids import GroupId, MessageId, UserId
from xasup.protocol.states import State
from xasup.protocol.topics import Kind
from xasup.wire.mqtt import Incoming
from xasup.wire.store import News

ME, BOB, HIKERS = UserId("alice"), UserId("bob"), GroupId("hikers")
TEXT = {"id": "m1", "ts": 1, "n": 1, "text": "hi"}


def sort(*incoming: tuple[str, object]) -> Post:
    batch = [Incoming(topic, it if isinstance(it, bytes) else codec.encode(it)) for topic, it in incoming]
    return Sorter(ME, lambda: MessageId("new")).sort(batch)


def test_messages_by_conversation() -> None:
    post = sort(
        (topics.message(ME, BOB), TEXT),
        (topics.message(BOB, ME), TEXT),  # another device of mine
        (topics.group_message(HIKERS, BOB), TEXT),
        (topics.group_message(HIKERS, ME), TEXT),
    )
    found = [(item.conversation, item.sender) for item in post.arrived]
    assert found == [("bob", BOB), ("bob", ME), ("g:hikers", BOB), ("g:hikers", ME)]


def test_plain_text_gets_a_name_that_no_sender_can_use() -> None:
    [plain] = sort((topics.message(ME, BOB), b"21.5")).arrived
    assert is_local(plain.id)
    [bad] = sort((topics.message(ME, BOB), {"id": "~new", "text": "x"})).arrived
    assert bad.refuse is None  # not an id that could be answered
    [bad] = sort((topics.message(ME, BOB), {"id": "m1"})).arrived
    assert is_local(bad.id)
    assert bad.refuse is not None
    assert bad.refuse[0] == "m1"


def test_receipts_count_in_their_conversation() -> None:
    receipt = {"delivered": ["a"], "read": ["b"], "refused": {"c": "why"}}
    post = sort((topics.receipt(ME, BOB), receipt), (topics.receipt(BOB, ME), receipt))
    assert post.news == [
        News("a", State.DELIVERED, "", "bob"),
        News("b", State.READ, "", "bob"),
        News("c", State.REFUSED, "why", "bob"),
    ]
    assert post.seen_elsewhere == [("bob", ["b"])]


def test_the_rest() -> None:
    post = sort(
        (topics.event(ME, "contacts"), {"event": "contact"}),
        (topics.group_event(HIKERS, "groups"), {"event": "member"}),
        (topics.event(ME, "bridge"), {"event": "stored", "ids": ["a", 5]}),
        (topics.presence(BOB), {"online": True}),
        (topics.presence(BOB), {"online": "yes"}),
        (topics.typing(ME, BOB), b""),
        (topics.group_typing(HIKERS, BOB), b""),
        (topics.group_typing(HIKERS, ME), b""),
    )
    assert post.notes == [Note("contacts", {"event": "contact"}), Note("groups", {"event": "member"}, HIKERS)]
    assert post.news == [News("a", State.STORED)]
    assert post.presence == [(BOB, True), (BOB, False)]
    assert post.typing == [("bob", BOB), ("g:hikers", BOB)]


topic = st.sampled_from(
    [
        topics.message(ME, BOB),
        topics.receipt(ME, BOB),
        topics.receipt(BOB, ME),
        topics.event(ME, "contacts"),
        topics.event(ME, "bridge"),
        topics.presence(BOB),
        topics.typing(ME, BOB),
        topics.own(Kind.MESSAGE, ME),
        "elsewhere",
        "$SYS/broker/version",
    ]
)
json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["id", "text", "a b", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "text", "ts", "n", "re", "delivered", "read", "refused", "event", "ids", "online"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(topic, st.binary(max_size=40) | json.map(codec.encode)), max_size=6))
def test_no_input_stops_it_and_none_is_swallowed(batch: list[tuple[str, bytes]]) -> None:
    post = Sorter(ME, lambda: MessageId("new")).sort(Incoming(topic, payload) for topic, payload in batch)
    messages = [payload for topic, payload in batch if topic == topics.message(ME, BOB)]
    assert [item.payload for item in post.arrived] == messages
    odd = [topic for topic, _ in batch if not topic.startswith("xasup/")]
    assert len(post.unreadable) >= len(odd)


def test_who_comes_and_who_writes_is_nothing_for_the_file() -> None:
    assert sort((topics.presence(BOB), {"online": True}), (topics.typing(ME, BOB), {})).fleeting
    for lasting in (
        (topics.message(ME, BOB), TEXT),
        (topics.receipt(ME, BOB), {"delivered": ["a"]}),
        (topics.receipt(BOB, ME), {"read": ["b"]}),
        (topics.event(ME, "contacts"), {"event": "contact"}),
    ):
        assert not sort((topics.presence(BOB), {"online": True}), lasting).fleeting
