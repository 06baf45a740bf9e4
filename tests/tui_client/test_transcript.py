"""How a conversation is laid out."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest

from tests.tui_client.hostile import betrayals, each_hostile
from tests.tui_client.lines import line
from tests.tui_client.town import NOON
from tui_client.layout import Layout
from tui_client.spans import Line, width
from tui_client.ticks import TICKS
from tui_client.transcript import Page
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.states import State

TODAY = date(2026, 11, 22)
PAGE = Page(40, TODAY, UTC)
DAY = 24 * 3600 * 1000


def transcript(messages, page: Page) -> list[Line]:  # type: ignore[no-untyped-def] # short on purpose
    layout = Layout()
    layout.lay(messages, page)
    return list(layout)


def drawn(*messages, page: Page = PAGE) -> list[str]:  # type: ignore[no-untyped-def] # short on purpose
    return [each.text.rstrip() for each in transcript(messages, page)]


def test_a_conversation_at_a_glance() -> None:
    assert drawn(
        line(1, "is the lake frozen yet? bring the kites", ts=NOON - DAY),
        line(2, "no", mine=True, state=State.READ, ts=NOON),
        line(3, "hello?", mine=True, state=State.REFUSED, reason="not-accepted", ts=NOON + 60_000),
    ) == [
        "────────────── Yesterday ───────────────",
        "12:00 bob   is the lake frozen yet?",
        "            bring the kites",
        "──────────────── Today ─────────────────",
        "12:00 you › no  ✓✓ read",
        "12:01 you › hello?",
        "          › ✗ not sent: they do not",
        "          › accept you",
    ]


def test_ticks_differ_without_colour() -> None:
    marks = [tick.mark for tick in TICKS.values()]
    assert len(set(marks)) == len(marks) == len(State)


@pytest.mark.parametrize("state", State)
def test_each_state_shows_its_tick_on_mine_and_none_on_others(state: State) -> None:
    mine, theirs = drawn(line(1, "x", mine=True, state=state))[1:], drawn(line(1, "x", state=state))[1:]
    assert TICKS[state].mark in " ".join(mine)
    assert theirs == ["12:00 bob   x"]


def test_mine_and_others_differ_without_colour_even_for_somebody_called_you() -> None:
    mine, theirs = drawn(line(1, mine=True), line(2, sender=UserId("you")))[1:]
    assert "you ›" in mine and "›" not in theirs


def test_a_tick_without_room_takes_a_line_of_its_own() -> None:
    rows = drawn(line(1, "x" * 27, mine=True, state=State.DELIVERED))
    assert rows[1:] == ["12:00 you › " + "x" * 27, "          › ✓✓"]


def test_only_the_last_line_of_a_message_ends_it() -> None:
    lines = transcript((line(1, "word " * 30),), PAGE)
    assert [each.ends for each in lines] == [""] * (len(lines) - 1) + ["m1"]


def test_a_reply_quotes_what_it_replies_to() -> None:
    rows = drawn(line(1, "tea or coffee?"), line(2, "tea", mine=True, re=MessageId("m1")))
    assert rows[2:] == ["12:00 you › ↪ bob: tea or coffee?", "          › tea  ✓"]


def test_a_reply_to_what_is_not_loaded() -> None:
    assert "↪ an earlier message" in drawn(line(2, "tea", re=MessageId("m1")))[1]


@pytest.mark.parametrize("ts", [2**53 - 1, 10**15])
def test_a_time_beyond_the_calendar_is_not_shown(ts: int) -> None:
    assert drawn(line(1, ts=ts)) == ["--:-- bob   hi"]


def test_what_was_no_message_is_shown_as_it_came() -> None:
    rows = drawn(line(1, '{"x": 1}', plain=True, reason="text: nothing"))
    assert rows[1:] == ['12:00 bob   {"x": 1}', "            (as it came: text: nothing)"]


def test_an_older_day_has_its_date() -> None:
    page = Page(40, TODAY + timedelta(days=9), UTC)
    assert "Sunday 22 November 2026" in drawn(line(1), page=page)[0]


@pytest.mark.parametrize("cells", [18, 40, 100])
@each_hostile
def test_hostile_texts_stay_in_their_column_and_are_shown_as_text(text: str, cells: int) -> None:
    messages = (line(1, text), line(2, "x", mine=True, state=State.REFUSED, reason=text, re=MessageId("m1")))
    rows = [each.text for each in transcript(messages, Page(cells, TODAY, UTC))]
    assert not betrayals(rows)
    assert all(width(row) <= cells for row in rows)
    assert all(row.startswith(("12:00", " " * 6, "─")) for row in rows)
