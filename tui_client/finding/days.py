"""Days as people name them: read from what is typed, and written for a list. Pure; today comes as an argument."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo

from xasup.client.moments import moment
from xasup.protocol.errors import Malformed

EXPECTED = "a day such as 2026-11-03, 3 nov, yesterday, monday or 10 days ago"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_SHORT = 3  # letters of a month or a weekday are enough


class _Unknown(Exception):
    """A word that is neither a month nor a weekday."""


def parse(text: str, today: date) -> date:
    """The day that is meant, never one to come: without a year the last such day. Raises Malformed."""
    typed = " ".join(text.lower().replace(",", " ").split())
    for pattern, make in _FORMS:
        found = re.fullmatch(pattern, typed)
        if found:
            return _past(_made(make, found, today, text), today, text)
    raise Malformed(f"{text!r} is no day; expected {EXPECTED}")


def begins(day: date, zone: tzinfo | None) -> int:
    """The first moment of a day, in milliseconds since the epoch."""
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


def named(day: date, today: date) -> str:
    """For a list: `today`, `yesterday`, `Tue 3 Nov`, with the year where it is another one."""
    near = {today: "today", today - timedelta(days=1): "yesterday"}.get(day)
    year = "" if day.year == today.year else f" {day.year}"
    weekday, month = _WEEKDAYS[day.weekday()][:_SHORT], _MONTHS[day.month - 1][:_SHORT]
    return near or f"{weekday.capitalize()} {day.day} {month.capitalize()}{year}"


def at(ts: int, now: datetime) -> str:
    """For a list: the day and the minute. *now*: in the zone in which times are shown."""
    found = moment(ts, now.tzinfo)
    return f"{named(found.date(), now.date())} {found:%H:%M}" if found else "--:--"


def _made(make: Callable[[re.Match[str], date], date], found: re.Match[str], today: date, text: str) -> date:
    try:
        return make(found, today)
    except _Unknown:
        raise Malformed(f"{text!r} is no day; expected {EXPECTED}") from None
    except (ValueError, OverflowError):
        raise Malformed(f"{text!r}: there is no such day in the calendar") from None


def _past(day: date, today: date, text: str) -> date:
    if day > today:
        raise Malformed(f"{text!r} has not come yet; today is {today.isoformat()}")
    return day


def _weekday(found: re.Match[str], today: date) -> date:
    wanted = _number(found[1], _WEEKDAYS)
    return today - timedelta(days=(today.weekday() - wanted) % 7)


def _month_first(found: re.Match[str], today: date) -> date:
    return _yearly(_number(found[1], _MONTHS) + 1, int(found[2]), found[3], today)


def _day_first(found: re.Match[str], today: date) -> date:
    return _yearly(_number(found[2], _MONTHS) + 1, int(found[1]), found[3], today)


def _yearly(month: int, day: int, year: str | None, today: date) -> date:
    """Without a year the last one that has this day: 29 February may be four years ago, or eight."""
    if year:
        return date(int(year), month, day)
    for back in range(9):
        try:
            found = date(today.year - back, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise ValueError


def _number(word: str, names: tuple[str, ...]) -> int:
    """Which of the names is meant by its first letters. Raises _Unknown for none."""
    for number, each in enumerate(names):
        if each.startswith(word):
            return number
    raise _Unknown


_MONTH = rf"([a-z]{{{_SHORT},}})\.?"
_FORMS: tuple[tuple[str, Callable[[re.Match[str], date], date]], ...] = (
    ("today", lambda found, today: today),
    ("yesterday", lambda found, today: today - timedelta(days=1)),
    (r"(\d{1,5}) days? ago", lambda found, today: today - timedelta(days=int(found[1]))),
    (r"(\d{4})-(\d\d?)-(\d\d?)", lambda found, today: date(int(found[1]), int(found[2]), int(found[3]))),
    (r"(\d\d?)-(\d\d?)", lambda found, today: _yearly(int(found[1]), int(found[2]), None, today)),
    (r"(\d\d?)\.(\d\d?)\.(\d{4})?", lambda found, today: _yearly(int(found[2]), int(found[1]), found[3], today)),
    (rf"(\d\d?)\.? {_MONTH}(?: (\d{{4}}))?", _day_first),
    (rf"{_MONTH} (\d\d?)(?: (\d{{4}}))?", _month_first),
    (rf"(?:last )?([a-z]{{{_SHORT},}})", _weekday),
)
