"""Held against what was written: what each device has on its screen. Pure.

Refuses to know: which fault there was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

GARBLED, OPENED, MISSING = "shown is what nobody wrote", "consent opened", "not back"


class Written(NamedTuple):
    """*to*: a user; *allowed*: the recipient has agreed."""

    sender: str
    to: str
    text: str
    allowed: bool


class OnScreen(NamedTuple):
    """One line. *conversation*: with whom."""

    conversation: str
    sender: str
    id: str
    text: str


@dataclass
class Ledger:
    """All that was written, by id; *stored*: ids that their senders saw as *stored*."""

    written: dict[str, Written] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)


def judge(ledger: Ledger, screens: Mapping[str, Collection[OnScreen]]) -> dict[str, list[str]]:
    """*screens*: by `user device`. What was stored must be on each device of both sides."""
    wrong: dict[str, list[str]] = {GARBLED: [], OPENED: [], MISSING: []}
    for device, lines in screens.items():
        user = device.split()[0]
        for line in lines:
            _judge_line(ledger, device, user, line, wrong)
        shown = {line.id for line in lines}
        wrong[MISSING] += (f"{id} at {device}" for id in sorted(_due(ledger, user) - shown))
    return wrong


def _judge_line(ledger: Ledger, device: str, user: str, line: OnScreen, wrong: Mapping[str, list[str]]) -> None:
    written = ledger.written.get(line.id)
    if written is None or (written.sender, written.text) != (line.sender, line.text):
        wrong[GARBLED].append(f"{line.id} of {line.sender} at {device}: {line.text!r}")
    elif line.conversation != (written.to if user == written.sender else written.sender):
        wrong[GARBLED].append(f"{line.id} at {device}, in the conversation with {line.conversation}")
    elif user not in (written.sender, written.to) or (user == written.to and not written.allowed):
        wrong[OPENED].append(f"{line.id} of {line.sender} to {written.to} at {device}")


def _due(ledger: Ledger, user: str) -> set[str]:
    return {id for id in ledger.stored if user in ledger.written[id][:2]}
