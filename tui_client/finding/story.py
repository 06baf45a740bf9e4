"""A message's story as lines: who wrote it, when by whose clock, how far it came and when. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from tui_client import words
from tui_client.ticks import TICKS
from tui_client.view import View
from xasup.client.moments import moment
from xasup.client.values import Message, Step, group_of
from xasup.protocol.states import State


def story(view: View, message: Message, steps: Sequence[Step], now: datetime) -> list[str]:
    """Every line one sentence; foreign text in it is not yet harmless."""
    return [*_about(view, message, now), "", *_way(message, steps, now), *(_legend() if message.mine else [])]


def _about(view: View, message: Message, now: datetime) -> Iterator[str]:
    who = "you" if message.mine else message.sender
    device = f", on the device {message.src}" if message.src else ""
    where = "in" if group_of(message.conversation) is not None else "with" if message.mine else "to you, in"
    yield f"Written by {who}{device}, {where} {view.title(message.conversation)}"
    yield f"{_clock(message.ts, now)} by the clock of {'this device' if message.mine else 'the sender'}"
    number = f", number {message.n} of that device in this conversation" if message.n else ""
    yield f"Its id: {message.id}{number}"
    if message.re is not None:
        yield f"A reply to {message.re}"
    if message.plain:
        yield "From a simple device, as plain text: nobody is told what becomes of it"


def _way(message: Message, steps: Sequence[Step], now: datetime) -> Iterator[str]:
    yield "How far it came:"
    for step in steps:
        by = f", by {step.by}" if step.by else ""
        yield f"  {_mark(message, step.state)}  {_clock(step.at, now)}{by}"
    if message.state is State.REFUSED:
        yield f"Refused: {words.reason(message.reason)}. It can be sent again (/retry) or removed (/discard)."
    elif message.reason:
        yield f"As it came: {message.reason}"


def _legend() -> Iterator[str]:
    yield ""
    yield "What the marks mean:"
    yield from (f"  {tick.mark}  {tick.meaning}" for tick in TICKS.values())


def _mark(message: Message, state: State) -> str:
    """The mark and the word for it, which some marks have already."""
    mark = f"{TICKS[state].mark} " if message.mine else ""
    return mark.strip() if state in mark else f"{mark}{state}"


def _clock(ts: int, now: datetime) -> str:
    found = moment(ts, now.tzinfo) if ts else None
    return f"{found:%Y-%m-%d %H:%M:%S}" if found else "at a time that nobody wrote down"
