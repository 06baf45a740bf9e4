"""What is answered: entries and states as they are spelled, and no answer longer than a client has to take.

Pure. Refuses to know: where entries come from, who asked.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from history import position
from xasup.protocol import codec
from xasup.protocol.states import State
from xasup.wire.mailboxes import MAX_COUNT, Entry, Page, Standing

MAX_ANSWER = 100 << 10  # bytes
_ROOM = MAX_ANSWER - 1024  # for entries: besides them there are ids and positions


def since(page: Page, generation: str, *, count: bool) -> dict[str, Any]:
    """The fields of a page, cut down to one answer; *count*: with what is left."""
    entries = _cut(page.entries)
    held = len(page.entries) - len(entries)
    more = page.more or held > 0
    last = page.entries[len(entries) - 1].seq if more else page.head
    fields = {"entries": entries, "position": position.spell(generation, last), "more": more}
    return fields | ({"left": min(page.left + held, MAX_COUNT)} if count else {})


def spell(entry: Entry) -> dict[str, Any]:
    """As text, or in Base64 where it is not UTF-8 or where this is shorter."""
    return {"topic": entry.topic, **_spelled(entry.payload), "ts": entry.at, "log": entry.log}


def states(standing: Standing) -> list[dict[str, Any]]:
    """In the order in which a message goes through them."""
    found: list[dict[str, Any]] = [{"state": State.STORED, "ts": standing.stored}]
    for state, ts in ((State.DELIVERED, standing.delivered), (State.READ, standing.read)):
        if ts:
            found.append({"state": state, "by": standing.by, "ts": ts})
    return found


def _cut(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """As many of *entries*, spelled, as one answer holds; always the first."""
    found: list[dict[str, Any]] = []
    room = _ROOM
    for entry in entries:
        spelled = spell(entry)
        room -= len(codec.encode(spelled)) + 1
        if found and room < 0:
            break
        found.append(spelled)
    return found


def _spelled(payload: bytes) -> dict[str, str]:
    encoded = b64encode(payload).decode()
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return {"base64": encoded}
    short = len(text) == len(payload) and text.isprintable() and '"' not in text and "\\" not in text
    if short or len(codec.encode(text)) <= len(encoded) + 2:
        return {"payload": text}
    return {"base64": encoded}
