"""A device's file with years in it, made through the store's own port in one go. Refuses to know: who reads it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tests.bench.crowd import ME, Crowd
from tests.bench.population import DEVICE
from tests.bench.rounds import Say
from xasup.protocol import envelope
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.envelope import Message
from xasup.protocol.ids import ClientId, uuid7
from xasup.protocol.states import State
from xasup.wire.store import Arrival, ContactRow, Task, open_file

BATCH = 20_000  # lines in one transaction
YEAR = 365 * 24 * 3600 * 1000  # milliseconds
RARE = "zugzwang"  # a word of one line in ten thousand
COMMON = ("frozen", "lantern", "the lake", "kites")
LAST = "the very last line of it"
_TALK = (
    "the lake is frozen and kites fly over pier seven while boats wait for spring thaw we meet at ten near old mill "
    "bring warm tea bread cheese lantern rope skates saturday sunday morning evening again maybe never soon thanks"
)
_WORDS = _TALK.split()


def write(path: Path, crowd: Crowd, messages: int, now: int, say: Say) -> None:
    """*messages* lines within the year before *now* (milliseconds), a tenth of them in the conversation with the first
    contact, the rest with all of the others alike."""
    say(f"filling a device's file: {crowd.contacts:,} conversations, {messages:,} messages")
    store = open_file(path, ClientId(ME, DEVICE))
    try:
        with store.transaction():
            for name in crowd.names:
                store.roster.put_contact(ContactRow(name, Edge.ACCEPTED, Told.ACCEPTED, now - YEAR))
        source = lines(crowd, messages, now)
        while batch := list(islice(source, BATCH)):
            with store.transaction():
                store.inbox.add(batch)
    finally:
        store.close()


def lines(crowd: Crowd, messages: int, now: int) -> Iterator[Arrival]:
    """In the order of time; every third is mine, and all have been read. Each conversation ends with LAST."""
    dice = random.Random(messages)
    first, *others = crowd.names
    closing = messages - crowd.contacts
    for number in range(messages):
        ends = number >= closing
        other = crowd.names[number - closing] if ends else first if number % 10 == 0 else dice.choice(others or [first])
        ts = now - YEAR + YEAR * number // messages
        text = LAST if ends else _sentence(dice, number)
        id = uuid7(ts, dice.getrandbits(74))
        payload = envelope.encode(Message(id, ts, text, number + 1))
        yield Arrival(other, ME if number % 3 == 0 else other, id, payload, ts, State.READ, Task.NONE)


def _sentence(dice: random.Random, number: int) -> str:
    words = dice.choices(_WORDS, k=dice.randint(3, 14))
    return " ".join([*words, RARE] if number % 10_000 == 5 else words)
