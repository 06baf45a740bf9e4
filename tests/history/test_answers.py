"""Answers: entries as they are spelled, cut to what a client has to take, and positions that name their store."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history import answers, position
from xasup.protocol import codec, events
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.errors import Malformed
from xasup.wire.mailboxes import Entry, Page, Standing

TOPIC = "xasup/v1/u/" + "b" * 32 + "/msg/" + "a" * 32


def entry(payload: bytes, seq: int = 1) -> Entry:
    return Entry(seq, TOPIC, payload, 1_792_000_000_000, "0/1792000000000-1234567")


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_what_was_published_comes_back_byte_for_byte(payload: bytes) -> None:
    spelled = codec.decode_object(codec.encode(answers.spell(entry(payload))))
    found = spelled["payload"].encode() if "payload" in spelled else base64.b64decode(spelled["base64"])
    assert found == payload
    assert len({"payload", "base64"} & spelled.keys()) == 1


@pytest.mark.parametrize(
    "payload", [b"\x00" * MAX_PAYLOAD, b"\xff" * MAX_PAYLOAD, b'"' * MAX_PAYLOAD, "é".encode() * (MAX_PAYLOAD // 2)]
)
def test_the_largest_message_fits_whatever_is_in_it(payload: bytes) -> None:
    page = Page([entry(payload, 1), entry(payload, 2)], False, 9)
    fields = answers.since(page, "f" * position.DIGITS, count=True)
    answer = codec.encode(events.answer("x" * 64, "since", reset=True, **fields))
    assert len(answer) <= answers.MAX_ANSWER
    assert (len(fields["entries"]), fields["more"], fields["left"]) == (1, True, 1)
    assert position.parse(fields["position"]) == ("f" * position.DIGITS, 1)


def test_the_position_of_the_last_page_is_the_end_of_the_store() -> None:
    fields = answers.since(Page([entry(b"x", 3)], False, 9), "a1", count=False)
    assert (fields["position"], fields["more"], "left" in fields) == ("a1.9", False, False)
    fields = answers.since(Page([entry(b"x", 3)], True, 9, 4), "a1", count=True)
    assert (fields["position"], fields["more"], fields["left"]) == ("a1.3", True, 4)


def test_states_in_their_order() -> None:
    assert answers.states(Standing(1, "", 0, 0)) == [{"state": "stored", "ts": 1}]
    assert answers.states(Standing(1, "bob", 2, 3)) == [
        {"state": "stored", "ts": 1},
        {"state": "delivered", "by": "bob", "ts": 2},
        {"state": "read", "by": "bob", "ts": 3},
    ]


def test_a_position_names_its_store() -> None:
    assert position.parse(position.spell("a1", 7)) == ("a1", 7)
    assert position.begin(None, "a1") == (0, False)
    assert position.begin("a1.7", "a1") == (7, False)
    assert position.begin("b2.7", "a1") == (0, True)


@pytest.mark.parametrize("text", ["", "7", "a1.", ".7", "a1.x", "a1.-1", "a1.٣", "a1." + "9" * 19, "a1.7.7"])
def test_what_is_no_position_is_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="position"):
        position.parse(text)
