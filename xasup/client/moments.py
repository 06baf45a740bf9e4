"""When something was, for people: a time stamp as a moment of a zone, its day, and a day in words. Pure.

Refuses to know what time it is, and which zone is meant: both come as arguments.
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo


def moment(ts: int, zone: tzinfo | None) -> datetime | None:
    """A time stamp in milliseconds since the epoch; None for one beyond the calendar. *zone*: None for the machine's
    own."""
    try:
        return datetime.fromtimestamp(ts / 1000, zone)
    except (ValueError, OverflowError, OSError):
        return None


def day_of(ts: int, zone: tzinfo | None) -> date | None:
    """The day of that moment."""
    at = moment(ts, zone)
    return at.date() if at else None


def in_words(day: date) -> str:
    """`Sunday 22 November 2026`."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"
