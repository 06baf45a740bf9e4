"""What others have from the log, for the audit to compare: devices' own files, and history's.

Refuses to know: what the log holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xasup.audit.audit import Claim
from xasup.protocol import envelope, topics
from xasup.protocol.errors import Malformed
from xasup.protocol.states import State
from xasup.wire.mailboxes import survey as mailboxes
from xasup.wire.store import survey as store
from xasup.wire.store.rows import Line

_SAFE = frozenset({State.STORED, State.DELIVERED, State.READ})


def of_device(path: Path) -> Iterator[Claim]:
    """What the device in *path* was told is stored, and what came to it; but for what simple devices send, which has no
    id of its own. When another's message was taken, a device does not know. Raises Unavailable, Malformed."""
    for client, line in store.survey(path):
        mine = line.sender == client.user
        if (line.state in _SAFE or not mine) and _has_an_id(line):
            yield str(client), line.sender, line.id, "", line.at if mine else 0


def of_history(path: Path) -> Iterator[Claim]:
    """What history keeps in *path*; nothing where it never ran. Raises Unavailable."""
    for letter in mailboxes.survey(path):
        yield "history", topics.parse(letter.topic).actor, letter.id, letter.log, letter.at


def _has_an_id(line: Line) -> bool:
    try:
        return isinstance(envelope.decode(line.payload), envelope.Message)
    except Malformed:
        return False
