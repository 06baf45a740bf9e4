"""Who is in the list, in which order, and how it is drawn."""

from __future__ import annotations

import pytest

from tests.tui_client.hostile import betrayals, each_hostile
from tests.tui_client.lines import line
from tui_client.roster import drawn, next_key, next_unread, roster
from tui_client.spans import width
from tui_client.view import View
from xasup.client.values import Contact, Conversation, Group
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId


def person(name: str, mine: Edge = Edge.ACCEPTED, theirs: Told = Told.ACCEPTED, **fields: object) -> Contact:
    return Contact(UserId(name), mine, theirs, **fields)  # type: ignore[arg-type] # fields of the tests below


VIEW = View("alice").with_lists(
    [
        person("bob", online=True),
        person("carol"),
        person("dave", Edge.NONE, Told.ASKED),
        person("erin", Edge.ASKED, Told.NONE, greeting="from the kite club"),
        person("faye", Edge.NONE, Told.NONE),
    ],
    [Group(GroupId("hikers"), "Hikers", Role.MEMBER)],
    [
        Conversation("g:hikers", line(7, "who comes?", conversation="g:hikers"), 2),
        Conversation("bob", line(5, "hi", mine=True), 0),
    ],
    open="bob",
)


def test_requests_come_first_then_the_newest_then_names() -> None:
    assert [entry.key for entry in roster(VIEW)] == ["erin", "g:hikers", "bob", "carol", "dave"]


def test_the_open_conversation_is_in_the_list_even_with_a_stranger() -> None:
    assert "zoe" in [entry.key for entry in roster(VIEW.turned_to("zoe"))]


def test_two_lines_an_entry_where_there_is_room() -> None:
    assert [each.text.rstrip() for each in drawn(roster(VIEW), "bob", 24, 24)] == [
        " ? erin",
        "   from the kite club",
        " # Hikers            (2)",
        "   bob: who comes?",
        "▸● bob",
        "   you: hi",
        " ◌ carol",
        "",
        " … dave",
        "   has not answered yet",
    ]


def test_one_line_an_entry_where_there_is_none() -> None:
    assert len(drawn(roster(VIEW), "bob", 18, 13)) == len(roster(VIEW))


@pytest.mark.parametrize(
    ("current", "step", "expected"),
    [("erin", 1, "g:hikers"), ("erin", -1, "dave"), ("dave", 1, "erin"), ("", 1, "erin"), ("", -1, "dave")],
)
def test_stepping_goes_around(current: str, step: int, expected: str) -> None:
    assert next_key(roster(VIEW), current, step) == expected


def test_nobody_to_step_to() -> None:
    assert (next_key((), "", 1), next_unread((), "")) == ("", "")


def test_the_next_with_something_new() -> None:
    entries = roster(VIEW)
    assert [next_unread(entries, key) for key in ("", "erin", "g:hikers")] == ["erin", "g:hikers", "erin"]


@each_hostile
def test_hostile_names_previews_and_greetings_keep_the_columns_straight(text: str) -> None:
    group, asker = GroupId("hikers"), person("erin", Edge.ASKED, Told.NONE, greeting=text)
    last = Conversation("g:hikers", line(1, text, conversation="g:hikers"), 1)
    view = View("alice").with_lists([asker], [Group(group, text, Role.MEMBER)], [last])
    rows = [each.text for each in drawn(roster(view), "", 24, 24)]
    assert not betrayals(rows)
    assert {width(row) for row in rows} == {24}
