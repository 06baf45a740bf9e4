"""Days as people name them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_client.finding.days import begins, named, parse
from xasup.protocol.errors import Malformed

TODAY = date(2026, 11, 26)  # a Thursday


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-03", date(2026, 11, 3)),
        ("2026-1-3", date(2026, 1, 3)),
        ("today", TODAY),
        (" Yesterday ", date(2026, 11, 25)),
        ("monday", date(2026, 11, 23)),
        ("Mon", date(2026, 11, 23)),
        ("thurs", TODAY),
        ("last friday", date(2026, 11, 20)),
        ("10 days ago", date(2026, 11, 16)),
        ("1 day ago", date(2026, 11, 25)),
        ("3 nov", date(2026, 11, 3)),
        ("3. November 2025", date(2025, 11, 3)),
        ("nov 3", date(2026, 11, 3)),
        ("November 3, 2024", date(2024, 11, 3)),
        ("27 nov", date(2025, 11, 27)),
        ("3.11.", date(2026, 11, 3)),
        ("24.12.", date(2025, 12, 24)),
        ("3.11.2026", date(2026, 11, 3)),
        ("11-03", date(2026, 11, 3)),
        ("29 feb", date(2024, 2, 29)),
    ],
)
def test_what_is_typed(typed: str, day: date) -> None:
    assert parse(typed, TODAY) == day


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "is no day; expected a day such as 2026-11-03"),
        ("someday", "is no day"),
        ("mo", "is no day"),
        ("2026-02-30", "there is no such day in the calendar"),
        ("31 nov", "there is no such day in the calendar"),
        ("0000-01-01", "there is no such day in the calendar"),
        ("2026-11-27", "has not come yet; today is 2026-11-26"),
        ("3 nov 2027", "has not come yet"),
        ("999999 days ago", "is no day"),
        ("99999 days ago", None),
    ],
)
def test_what_is_no_day_is_said_clearly(typed: str, why: str | None) -> None:
    if why is None:
        assert parse(typed, TODAY) == TODAY - timedelta(days=99999)
        return
    with pytest.raises(Malformed, match=why):
        parse(typed, TODAY)


@given(st.text(max_size=30))
def test_anything_is_a_day_that_has_come_or_malformed(typed: str) -> None:
    try:
        assert parse(typed, TODAY) <= TODAY
    except Malformed as error:
        assert str(error)


@given(st.dates(date(1970, 1, 2), TODAY))
def test_every_day_is_read_as_it_is_written(day: date) -> None:
    assert parse(day.isoformat(), TODAY) == day
    written = named(day, TODAY)
    assert parse(written.split(" ", 1)[1] if " " in written else written, TODAY) == day


def test_a_day_begins_in_the_zone_that_is_shown() -> None:
    assert begins(date(1970, 1, 1), UTC) == 0
    east = timezone(timedelta(hours=2))
    moment = datetime.fromtimestamp(begins(TODAY, east) / 1000, east)
    assert (moment.date(), moment.hour, moment.minute) == (TODAY, 0, 0)
