"""The head, the remark and the footer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.tui_client.hostile import betrayals, each_hostile
from tests.tui_client.lines import line
from tui_client import frame
from tui_client.spans import Line, width
from tui_client.view import Remark, View
from xasup.client.values import Connection, Contact, Conversation, Group, Link
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.states import State

ERIN = Contact(UserId("erin"), Edge.ASKED, greeting="from the kite club")
VIEW = View("alice", Connection(Link.ONLINE), contacts={"erin": ERIN}, open="erin")


def texts(lines: list[Line]) -> list[str]:
    return [each.text.rstrip() for each in lines]


def test_the_head_says_how_i_stand_and_what_can_be_done() -> None:
    assert texts(frame.head(VIEW, 0, 60)) == [
        "? erin  asks to talk with you: “from the kite club”",
        "F3 accept · F4 deny · F6 block",
    ]


def test_with_nothing_open_the_head_says_how_to_begin() -> None:
    assert texts(frame.head(View("alice"), 0, 60)) == ["No conversation is open. /ask USER begins."]
    assert texts(frame.head(replace(VIEW, open=""), 0, 60)) == ["No conversation is open. Ctrl+N opens one."]


def test_a_refused_line_can_be_retried_or_discarded() -> None:
    bob = Contact(UserId("bob"), Edge.ACCEPTED, Told.ACCEPTED)
    refused = line(1, mine=True, state=State.REFUSED)
    view = View("alice", contacts={"bob": bob}, open="bob", lines=(refused,))
    assert texts(frame.head(view, 0, 60))[1:] == ["F7 retry · F8 discard"]
    assert len(frame.head(replace(view, lines=()), 0, 60)) == 1


def test_a_long_greeting_is_cut() -> None:
    view = replace(VIEW, contacts={"erin": replace(ERIN, greeting="word " * 100)})
    rows = texts(frame.head(view, 0, 40))
    assert len(rows) == frame.HEAD_ROWS + 1
    assert rows[-2].endswith("…")


@pytest.mark.parametrize(
    ("connection", "retry_at", "expected"),
    [
        (Connection(Link.ONLINE), None, "● online"),
        (Connection(Link.CONNECTING), None, "◌ connecting …"),
        (Connection(Link.OFFLINE, "nobody answers", 4.0), 104.0, "◌ reconnecting in 4 s: nobody answers"),
        (Connection(Link.OFFLINE, "left"), None, "○ offline: left"),
        (Connection(Link.REFUSED, "revoked"), None, "✗ refused: revoked"),
    ],
)
def test_the_footer_says_how_the_connection_is(connection: Connection, retry_at: float | None, expected: str) -> None:
    view = replace(VIEW, connection=connection, retry_at=retry_at)
    [row] = texts(frame.footer(view, 100.0, 100))
    assert row.strip().startswith(expected)
    assert row.endswith("alice  Ctrl+K switch  F1 help  Ctrl+Q quit")


def test_after_a_minute_the_footer_says_since_when_nothing_is_heard() -> None:
    view = replace(VIEW, connection=Connection(Link.OFFLINE, "left", 4.0), retry_at=104.0, down_at=40.0)
    at = datetime(2026, 11, 22, 18, 3)
    assert "offline since 18:02, reconnecting in 4 s: left" in frame.footer(view, 100.0, 80, at)[0].text
    assert "since" not in frame.footer(replace(view, down_at=41.0), 100.0, 80, at)[0].text
    assert "○ offline since 18:02: left" in frame.footer(replace(view, retry_at=None), 100.0, 80, at)[0].text


def test_what_is_wrong_with_the_connection_matters_more_than_the_keys() -> None:
    why = "nobody listens at 127.0.0.1:1883 (connection refused)"
    view = replace(VIEW, connection=Connection(Link.OFFLINE, why, 4.0), retry_at=4.0)
    assert texts(frame.footer(view, 0, 80)) == [f" ◌ reconnecting in 4 s: {why}"]
    assert texts(frame.footer(view, 0, 96)) == [f" ◌ reconnecting in 4 s: {why}   1 asking  alice"]


def test_the_footer_counts_what_is_new() -> None:
    view = replace(VIEW, conversations={"bob": Conversation("bob", None, 3), "eve": Conversation("eve", None, 1)})
    assert "4 new" in frame.footer(view, 0, 80)[0].text


@pytest.mark.parametrize("cells", [40, 60, 80])
@each_hostile
def test_hostile_texts_stay_in_their_rows(text: str, cells: int) -> None:
    hikers = GroupId("hikers")
    view = replace(
        VIEW,
        contacts={"erin": replace(ERIN, greeting=text)},
        groups={hikers: Group(hikers, text, Role.MEMBER)},
        connection=Connection(Link.OFFLINE, text, 3.0),
        remark=Remark(text, grave=True),
    )
    rows = [each.text for made in (view, replace(view, open="g:hikers")) for each in _all(made, cells)]
    assert not betrayals(rows)
    assert all(width(row) <= cells for row in rows)


def _all(view: View, cells: int) -> list[Line]:
    return [*frame.head(view, 0, cells), *frame.remark(view, cells), *frame.footer(view, 0, cells)]


@pytest.mark.parametrize(
    ("done", "total", "bar"),
    [(0, 0, "█" * 10), (0, 9, "░" * 10), (999, 1000, "█" * 9 + "░"), (500, 1000, "█████░░░░░"), (3, 2, "█" * 10)],
)
def test_what_was_missed_has_a_bar(done: int, total: int, bar: str) -> None:
    view = replace(VIEW, past=(done, total))
    assert f"what was missed: {bar} {done} of {total}" in frame.footer(view, 0, 80)[0].text
