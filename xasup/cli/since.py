"""Moments as people type them: `10m` ago, or `2026-11-26T10:00`. Pure. Refuses to know what happened then."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from xasup.protocol.errors import Malformed

_AGO = re.compile(r"(\d{1,9})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
EXPECTED = "10m (also s, h, d) or a time as 2026-11-26T10:00 (UTC, unless it says)"


def parse_since(text: str, now: datetime) -> int:
    """Milliseconds since the epoch. *now*: with its time zone. Raises Malformed."""
    try:
        ago = _AGO.fullmatch(text)
        moment = now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else datetime.fromisoformat(text)
        return max(0, int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000))
    except (ValueError, OverflowError):
        raise Malformed(f"{text[:40]!r}: expected {EXPECTED}") from None
