"""A window as rows: what did not change is not laid out again, and places outlive what comes in above."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date

import pytest

from tests.tui_client.lines import line
from tui_client.layout import Asides, Layout, Place
from tui_client.spans import width
from tui_client.transcript import Page, marked
from xasup.client.values import Message
from xasup.protocol.ids import MessageId
from xasup.protocol.states import State

PAGE = Page(40, date(2026, 11, 22), UTC)


def laid(*messages: Message, asides: Asides = Asides()) -> Layout:  # noqa: B008 - frozen
    layout = Layout()
    layout.lay(messages, PAGE, asides)
    return layout


def test_a_message_or_a_state_lays_out_one_message() -> None:
    layout, lines = Layout(), tuple(line(seq, mine=True) for seq in range(500))
    layout.lay(lines, PAGE)
    assert layout.laid == 500
    layout.lay((*lines, line(500, mine=True)), PAGE)
    assert layout.laid == 501
    layout.lay((*lines[:-1], replace(lines[-1], state=State.READ)), PAGE)
    assert layout.laid == 502


def test_nothing_new_is_not_even_looked_at() -> None:
    lines = (line(1),)
    layout = laid(*lines)
    layout.lay(lines, PAGE)
    assert not layout.lay(lines, PAGE)
    assert layout.lay(lines, replace(PAGE, cells=30))


def test_places_outlive_lines_above_them() -> None:
    late = tuple(line(seq, "word " * 20) for seq in range(10, 20))
    layout = laid(*late)
    place = layout.place(17)
    assert place is not None
    text = layout[17].text
    layout.lay((*(line(seq) for seq in range(10)), *late), PAGE)
    assert layout[layout.row(place)].text == text
    assert layout.row(place) > 17


def test_a_place_that_is_gone_is_where_it_would_stand() -> None:
    layout = laid(line(1), line(3))
    assert layout.row(Place(2)) == layout.row(Place(3))
    assert layout.row(Place(9)) == len(layout)
    assert (layout.place(-1), layout.place(len(layout))) == (None, None)


def test_the_line_where_reading_stopped_stands_before_the_first_that_is_new_from_others() -> None:
    rows = [row.text.strip("─ ") for row in laid(line(1), line(2, mine=True), line(3), asides=Asides(2))]
    assert rows[1:] == ["12:00 bob   hi", "12:00 you › hi  ✓", "new", "12:00 bob   hi"]


def test_what_happened_stands_between_messages() -> None:
    asides = Asides(happened=((1, "carol is in hikers"), (2, "dave has left hikers")))
    rows = [row.text.strip() for row in laid(line(1), line(2), asides=asides)]
    assert rows[1:] == ["12:00 bob   hi", "· carol is in hikers", "12:00 bob   hi", "· dave has left hikers"]


def test_a_selected_message_is_told_without_colour_and_stays_as_wide() -> None:
    layout = laid(line(1, "word " * 20))
    first, behind = layout.span("m1") or (0, 0)
    rows = [marked(row) for row in layout[first + 1 : behind]]
    assert all(row.text[5] == "▌" for row in rows)
    assert all(width(row.text) == width(old.text) for row, old in zip(rows, layout[first + 1 : behind], strict=True))
    assert layout.span("m9") is None


def test_a_quote_is_laid_out_again_when_its_original_comes_in() -> None:
    reply = line(2, "tea", re=MessageId("m1"))
    layout = laid(reply)
    assert "an earlier message" in layout[1].text
    layout.lay((line(1, "tea or coffee?"), reply), PAGE)
    assert "↪ bob: tea or coffee?" in layout[2].text


@pytest.mark.parametrize("at", [-1, 99])
def test_rows_outside(at: int) -> None:
    with pytest.raises(IndexError):
        laid(line(1))[at]
