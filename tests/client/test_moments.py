"""Time stamps as moments and days."""

from __future__ import annotations

from datetime import UTC, date, timedelta, timezone

import pytest

from xasup.client.moments import day_of, in_words, moment

NIGHT = 1_795_388_400_000  # 2026-11-22 23:00 UTC, milliseconds


def test_the_day_is_that_of_the_zone() -> None:
    assert day_of(NIGHT, UTC) == date(2026, 11, 22)
    assert day_of(NIGHT, timezone(timedelta(hours=2))) == date(2026, 11, 23)
    assert in_words(date(2026, 11, 22)) == "Sunday 22 November 2026"


@pytest.mark.parametrize("ts", [2**63, -(2**63), 253_402_300_800_000])
def test_beyond_the_calendar_there_is_no_moment(ts: int) -> None:
    assert moment(ts, UTC) is None
    assert day_of(ts, UTC) is None
