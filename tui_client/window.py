"""The part of a conversation that is in memory: how lines come in and go out at both of its ends. Pure.

Refuses to know views and widgets. A window is a tuple of lines in the order of this device, without gaps.
"""

from __future__ import annotations

from xasup.client.values import Message
from xasup.protocol.states import advance

KEPT = 500  # lines in memory; all others are in the engine's file

Lines = tuple[Message, ...]


def merged(older: list[Message] | Lines, newer: Lines) -> Lines:
    """Both, each message once and with its furthest state."""
    found = {message.seq: message for message in older}
    for message in newer:
        known = found.get(message.seq)
        found[message.seq] = message if known is None else further(known, message)
    return tuple(found[seq] for seq in sorted(found))


def joined(lines: Lines, message: Message) -> Lines:
    """*lines* with a message that has just arrived, nearly always at their end."""
    if not lines or message.seq > lines[-1].seq:
        return (*lines, message)
    return merged([message], lines)


def changed(lines: Lines, old: Message, new: Message) -> Lines:
    """*lines* with *new* in the place of *old*."""
    return tuple(new if line is old else line for line in lines)


def find(lines: Lines, id: str) -> Message | None:
    """The line with this id; the newest are looked at first, since news are mostly about them."""
    return next((line for line in reversed(lines) if line.id == id), None)


def stepped(lines: Lines, id: str, step: int) -> str:
    """The id of the line *step* places from *id*; "" past the newest, the oldest before the oldest."""
    place = next((number for number, line in enumerate(lines) if line.id == id), len(lines))
    to = max(0, place + step)
    return lines[to].id if to < len(lines) else ""


def further(known: Message, news: Message) -> Message:
    """The one of two versions of a message whose state is the later one."""
    return news if advance(known.state, news.state) is news.state else known
