"""What a check of `xasup doctor` finds. Refuses to know: checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How it is."""

    OK = "ok"
    NOTE = "note"  # fine as it is, worth knowing
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """*advice*: what to type or change; empty where nothing need be done."""

    what: str
    health: Health
    detail: str
    advice: str = ""
