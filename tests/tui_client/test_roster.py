"""Who is in the list, in which order, and how it is drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.tui_client.hostile import betrayals, each_hostile
from tests.tui_client.lines import line
from tui_client.roster import FOLD, Entry, Roster, Rows, next_key, next_unread, roster
from tui_client.spans import Line, width
from tui_client.view import View
from xasup.client.values import Contact, Conversation, Group, Traits
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId


def person(name: str, mine: Edge = Edge.ACCEPTED, theirs: Told = Told.ACCEPTED, **fields: object) -> Contact:
    return Contact(UserId(name), mine, theirs, **fields)  # type: ignore[arg-type] # fields of the tests below


NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


def drawn(entries: tuple[Entry, ...], current: str, cells: int, height: int) -> list[Line]:
    return list(Rows(entries, current, cells, height, NOW))


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
        "   bob: who comes? 12:00",
        "▸● bob",
        "   you: hi         12:00",
        " ◌ carol",
        "",
        " … dave",
        "   has not answered yet",
    ]


def test_one_line_an_entry_where_there_is_none() -> None:
    assert len(drawn(roster(VIEW), "bob", 18, 13)) == len(roster(VIEW))


def test_only_rows_that_look_otherwise_are_drawn_again() -> None:
    maker = Roster()
    before = Rows(maker.entries(VIEW), "bob", 24, 24, NOW)
    carol = replace(VIEW, contacts={**VIEW.contacts, "carol": person("carol", online=True)})
    after = Rows(maker.entries(carol), "bob", 24, 24, NOW)
    assert list(after.differing(before, range(10))) == [6]
    assert list(after.differing(before, range(6))) == []
    turned = Rows(maker.entries(carol), "carol", 24, 24, NOW)
    assert list(turned.differing(after, range(10))) == [4, 6]
    tomorrow = Rows(maker.entries(carol), "carol", 24, 24, NOW + timedelta(days=1))
    assert list(tomorrow.differing(turned, range(10))) == [3, 5]  # when it was


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


def kept(key: str, seq: int, unread: int = 0, **traits: object) -> Conversation:
    last = line(seq, f"text {seq}", conversation=key)
    return Conversation(key, last, unread, None, Traits(**traits))  # type: ignore[arg-type] # of the tests below


BUSY = View("alice").with_lists(
    [person(name) for name in ("ann", "ben", "cy", "dot")],
    [],
    [kept("ann", 1, pinned=True), kept("ben", 2, 3), kept("cy", 4, 1, muted=True), kept("dot", 3, archived=True)],
)


def test_pinned_ones_stay_at_the_top_and_archived_ones_in_their_fold() -> None:
    assert [entry.key for entry in roster(BUSY)] == ["ann", "cy", "ben", FOLD]
    assert [entry.key for entry in roster(replace(BUSY, unfolded=True))] == ["ann", "cy", "ben", FOLD, "dot"]


def test_unread_first_where_somebody_prefers_it_but_not_what_is_muted() -> None:
    view = replace(BUSY, preferences=replace(BUSY.preferences, unread_first=True))
    assert [entry.key for entry in roster(view)] == ["ann", "ben", "cy", FOLD]


def test_marks_read_without_colour() -> None:
    view = replace(BUSY, conversations={**BUSY.conversations, "ben": kept("ben", 2, marked=True)})
    texts = {each.key: each.text for each in drawn(roster(view), "", 20, 8)}
    assert texts["ann"].endswith(" ↑")
    assert texts["cy"].endswith(" ∅ (1)")
    assert texts["ben"].endswith(" (•)")
    assert "archived: 1" in texts[FOLD]


def test_letters_narrow_the_list_and_find_what_is_archived() -> None:
    assert [entry.key for entry in roster(replace(BUSY, filter="DO"))] == ["dot"]


def test_a_draft_is_shown_until_the_conversation_is_open() -> None:
    view = replace(BUSY, conversations={"ben": kept("ben", 2, draft="and then")})
    assert _preview(view, "ben") == "draft: and then"
    assert _preview(replace(view, open="ben"), "ben") == "text 2"


def test_who_writes_is_shown() -> None:
    assert _preview(replace(BUSY, typing={"ben": ("ben", 9.0)}), "ben") == "is writing …"


def test_older_lines_have_a_day() -> None:
    late = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
    rows = Rows(roster(BUSY), "", 24, 24, late)
    assert rows[1].text.endswith(" Sun")
    assert Rows(roster(BUSY), "", 24, 24, late.replace(day=30))[1].text.endswith(" 22 Nov")


def test_of_a_thousand_only_who_changed_is_made_again() -> None:
    view = View("alice").with_lists([person(f"u{number:04}", online=True) for number in range(1000)], [], [])
    list_ = Roster()
    before = list_.entries(view)
    after = list_.entries(replace(view, contacts={**view.contacts, "u0500": person("u0500", online=False)}))
    assert [entry.key for entry, old in zip(after, before, strict=True) if entry is not old] == ["u0500"]
    assert list_.entries(view) is not after


def _preview(view: View, key: str) -> str:
    return next(entry.preview for entry in roster(view) if entry.key == key)
