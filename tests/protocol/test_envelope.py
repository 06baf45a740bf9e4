"""Messages go out and come back whole; what is not a message says which field is wrong, or is plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol import strategies
from xasup.protocol import codec, envelope
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.envelope import Message, PlainText
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import MessageId


@given(strategies.messages)
def test_a_message_comes_back_with_the_fields_we_do_not_know(message: Message) -> None:
    assert envelope.decode(envelope.encode(message)) == message


@given(st.binary())
def test_any_bytes_are_a_message_plain_text_or_malformed(payload: bytes) -> None:
    try:
        assert isinstance(envelope.decode(payload), Message | PlainText)
    except Malformed as error:
        assert "expected" in str(error)


@pytest.mark.parametrize("payload", [b"hello", b"21.5", b'"quoted"', b"[1,2]", b"null", b"", b"{broken", b"\xff\xfe"])
def test_what_is_not_an_object_is_plain_text(payload: bytes) -> None:
    assert isinstance(envelope.decode(payload), PlainText)


def test_bytes_that_are_not_utf8_are_spelled() -> None:
    assert envelope.decode(b"caf\xe9") == PlainText("caf\\xe9")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": None}, "id"),
        ({"id": 7}, "id"),
        ({"id": "a b"}, "id"),
        ({"id": "x" * 65}, "id"),
        ({"text": None}, "text"),
        ({"text": ""}, "text"),
        ({"text": ["hi"]}, "text"),
        ({"ts": "now"}, "ts"),
        ({"ts": -1}, "ts"),
        ({"ts": True}, "ts"),
        ({"ts": 1.5}, "ts"),
        ({"n": 1 << 53}, "n"),
        ({"re": 3}, "re"),
        ({"re": "a/b"}, "id"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], named: str) -> None:
    fields = {"id": "1", "ts": 1, "n": 1, "text": "hi"} | change
    with pytest.raises(Malformed, match=f"^{named}"):
        envelope.decode(codec.encode(fields))


@pytest.mark.parametrize(
    ("low", "means"), [(17, 17), (1, 1), (0, 0), (18, 0), (-1, 0), (True, 0), (1.0, 0), ("low", 0), (None, 0)]
)
def test_a_lowest_number_that_cannot_be_says_nothing(low: object, means: int) -> None:
    message = envelope.decode(codec.encode({"id": "1", "n": 17, "text": "hi", "low": low}))
    assert isinstance(message, Message)
    assert (message.low, message.extra) == (means, {})


@pytest.mark.parametrize("text", ["", strategies.LONG_TEXT, "\ud800"])
def test_what_cannot_travel_is_not_encoded(text: str) -> None:
    with pytest.raises(Malformed):
        envelope.encode(Message(MessageId("1"), ts=1, text=text))


def test_the_limit_is_64_kib_with_the_envelope() -> None:
    around = len(envelope.encode(Message(MessageId("1"), ts=1, text="x"))) - 1
    assert len(envelope.encode(Message(MessageId("1"), ts=1, text="x" * (MAX_PAYLOAD - around)))) == MAX_PAYLOAD
    with pytest.raises(Malformed, match="at most 65536"):
        envelope.encode(Message(MessageId("1"), ts=1, text="x" * (MAX_PAYLOAD - around + 1)))
