"""Every builder has its parser; nothing else is a topic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol import strategies
from xasup.protocol import topics
from xasup.protocol.errors import Malformed
from xasup.protocol.topics import Address, Kind, Space

BUILDERS = [
    (topics.message, Space.USER, Kind.MESSAGE),
    (topics.receipt, Space.USER, Kind.RECEIPT),
    (topics.typing, Space.USER, Kind.TYPING),
    (topics.event, Space.USER, Kind.EVENT),
    (topics.group_message, Space.GROUP, Kind.MESSAGE),
    (topics.group_typing, Space.GROUP, Kind.TYPING),
    (topics.group_event, Space.GROUP, Kind.EVENT),
    (topics.request, Space.SERVICE, Kind.REQUEST),
]


@given(st.sampled_from(BUILDERS), strategies.users, strategies.users)
def test_what_is_built_is_parsed(row: tuple, owner: str, actor: str) -> None:
    build, space, kind = row
    address = topics.parse(build(owner, actor))
    assert address == Address(space, owner, kind, actor)
    assert str(address) == build(owner, actor)


@given(strategies.users)
def test_presence_is_its_owners(user: str) -> None:
    assert topics.parse(topics.presence(user)) == Address(Space.USER, user, Kind.PRESENCE, user)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "xasup/v1/u/alice/msg",
        "xasup/v1/u/alice/msg/bob/",
        "xasup/v1/u//msg/bob",
        "xasup/v2/u/alice/msg/bob",
        "Xasup/v1/u/alice/msg/bob",
        "xasup/v1/u/alice/MSG/bob",
        "xasup/v1/u/+/msg/bob",
        "xasup/v1/u/alice/#",
        "xasup/v1/u/alice/request/bob",
        "xasup/v1/g/hikers/receipt/bob",
        "xasup/v1/g/hikers/presence/bob",
        "xasup/v1/svc/contacts/msg/bob",
        "$share/x/xasup/v1/u/alice/msg/bob",
        "/xasup/v1/u/alice/msg/bob",
        "xasup/v1/u/" + "a" * 33 + "/msg/bob",
        "xasup/v1/u/аlice/msg/bob",
    ],
)
def test_anything_else_is_not_a_topic(topic: str) -> None:
    with pytest.raises(Malformed):
        topics.parse(topic)


@given(st.text())
def test_no_text_crashes_the_parser(text: str) -> None:
    try:
        assert str(topics.parse(text)) == text
    except Malformed as error:
        assert "expected" in str(error)
