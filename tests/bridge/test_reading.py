"""The cheap reading of a payload gives the verdicts of the protocol."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.reading import identify, membership
from tests.protocol.strategies import messages
from xasup.protocol import envelope
from xasup.protocol.envelope import Message
from xasup.protocol.errors import Malformed

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 1 << 54),
    st.floats(allow_nan=False),
    st.sampled_from(["", "m1", "x" * 64, "x" * 65, "a b", "ä", "a\n"]),
    st.lists(st.integers(), max_size=1),
)
objects = st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "ts", "n", "text", "re", "src", "more"), values))
nearly = st.builds(
    lambda message, wrong: {**json.loads(envelope.encode(message)), **wrong},
    messages,
    st.dictionaries(st.sampled_from(["id", "ts", "n", "text", "re"]), values, max_size=1),
)
payloads = st.one_of(
    (objects | nearly).map(lambda fields: json.dumps(fields).encode()),
    messages.map(envelope.encode),
    values.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=40),
)


def slowly(payload: bytes) -> str | None:
    found = envelope.decode(payload)
    return found.id if isinstance(found, Message) else None


@given(payloads)
def test_the_verdict_is_that_of_the_envelope(payload: bytes) -> None:
    try:
        expected = slowly(payload)
    except Malformed:
        with pytest.raises(Malformed):
            identify(payload)
    else:
        assert identify(payload) == expected


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        (b'{"event":"group","group":"hikers","role":"member"}', b"g:hikers"),
        (b'{"event":"member","group":"hikers","user":"bob"}', None),
        (b'{"event":"answer","id":"1"}', None),
    ],
)
def test_a_membership_has_the_key_of_its_group(payload: bytes, key: bytes | None) -> None:
    assert membership(payload) == key


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"event":"group"}', b'{"event":"group","group":"A b"}'])
def test_what_is_no_event_is_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed):
        membership(payload)
