"""The steps of a message: what history tells of them and what this device knows, as one list. Pure."""

from __future__ import annotations

from typing import Any

from xasup.client.values import Message, Step
from xasup.protocol import codec, envelope
from xasup.protocol.errors import Malformed
from xasup.protocol.events import Payload
from xasup.protocol.ids import UserId
from xasup.protocol.states import State, advance
from xasup.wire.store import Line


def read(answer: Payload) -> list[Step]:
    """Of history's answer; what cannot be read is left out."""
    entries = answer.get("states")
    return [step for entry in entries if (step := _step(entry))] if isinstance(entries, list) else []


def merged(message: Message, came: int, told: list[Step], me: UserId) -> list[Step]:
    """From `sending` on. *came*: when this device got it, milliseconds since the epoch. What this device knows better
    than history comes last, without a time where nobody wrote it down."""
    steps = [Step(State.SENDING, message.ts), *told]
    known = [] if message.mine else [Step(State.DELIVERED, came, me)]
    known.append(Step(message.state, 0, _by(message, me)))
    for step in known:
        if advance(steps[-1].state, step.state) is not steps[-1].state:
            steps.append(step)
    return steps


def written_at(line: Line) -> int:
    """Milliseconds since the epoch, by the clock of who wrote it; where they told no time, when it came."""
    try:
        written = envelope.decode(line.payload)
    except Malformed:
        return line.at
    return written.ts if isinstance(written, envelope.Message) else line.at


def _by(message: Message, me: UserId) -> str:
    """Who let a message come as far as it is, as far as that can be told from here."""
    if message.state not in (State.DELIVERED, State.READ):
        return ""
    return message.conversation if message.mine else me


def _step(entry: Any) -> Step | None:
    try:
        return Step(State(entry["state"]), codec.count(entry, "ts"), str(entry.get("by", "")))
    except (AttributeError, KeyError, Malformed, TypeError, ValueError):
        return None
