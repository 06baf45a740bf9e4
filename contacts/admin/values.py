"""What stands on the command line of an admin: rates, names, points in time, tokens; checked where it is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import click

from xasup.protocol.directory import NO_RATE
from xasup.protocol.errors import Malformed
from xasup.protocol.requests import MAX_LABEL
from xasup.runtime.settings import NO_LIMIT

DEFAULT = "default"
MOST = 1_000_000  # publishes a second
BURST = click.IntRange(1, MOST)  # a bucket without depth would let nothing pass
MAX_NAME = 128
_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_SPAN = re.compile(r"([1-9][0-9]{0,5})([mhdw])", re.ASCII)
_TOKEN = re.compile(r"[!-~]{16,200}", re.ASCII)
_EXPIRY_RULE = "expected a span as 90d (m, h, d or w), or a day as 2030-12-31 (UTC)"


def rate(text: str) -> int:
    """Publishes a second, as the directory has it. Raises Malformed."""
    words = {DEFAULT: 0, NO_LIMIT: NO_RATE, "0": NO_RATE}
    if text in words:
        return words[text]
    if not re.fullmatch("[0-9]{1,7}", text, re.ASCII) or not 1 <= int(text) <= MOST:
        raise Malformed(f"rate {text[:40]!r}: expected 1 to {MOST} a second, {NO_LIMIT} or {DEFAULT}")
    return int(text)


def burst_of(rate: int, given: int | None) -> int:
    """The depth of the bucket; as *rate* unless it is given. Raises Malformed where there is none of one's own."""
    if given is not None and rate in (0, NO_RATE):
        raise Malformed(f"burst {given}: expected none, or a rate of so many a second")
    return rate if given is None else given


def display_name(text: str) -> str:
    """Free text, at most as long as over MQTT. Raises Malformed."""
    return _free_text("name", text, MAX_NAME)


def device_label(text: str) -> str:
    """The same, of a device."""
    return _free_text("label", text, MAX_LABEL)


def expiry(text: str, now: int) -> int:
    """Seconds since the epoch; *now*: milliseconds. Raises Malformed."""
    if span := _SPAN.fullmatch(text):
        return now // 1000 + int(span[1]) * _UNITS[span[2]]
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise Malformed(f"expires {text[:40]!r}: {_EXPIRY_RULE}") from None


def _free_text(what: str, text: str, most: int) -> str:
    if any("\ud800" <= char <= "\udfff" for char in text):  # bytes that are not UTF-8 arrive so
        raise Malformed(f"{what}: expected UTF-8")
    if len(text) > most:
        raise Malformed(f"{what} of {len(text)} characters: expected at most {most}")
    return text


def token(text: str) -> str:
    """A token that somebody else made. Raises Malformed, without quoting it. The broker compares up to a NUL only, so
    nothing but visible ASCII is let in."""
    stripped = text.strip()
    if not _TOKEN.fullmatch(stripped):
        raise Malformed(f"token of {len(stripped)} characters: expected 16 to 200 of visible ASCII, without spaces")
    return stripped
