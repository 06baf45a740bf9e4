"""A directory on disk for a bench: filled at once, and rewritten at a steady pace for "while it changes".

Refuses to know: who lives there, what a broker makes of it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.bench.population import Population
from tests.bench.rounds import Say
from tests.support.alongside import alongside
from xasup.protocol.directory import Edit, set_contact
from xasup.wire.directory import DirectoryWriter
from xasup.wire.truth.port import START

BATCH = 200_000  # cells in one transaction
PACE = 0.005  # seconds between two changes


@dataclass(frozen=True)
class Directory:
    """*path*: the folder of its generations, to which the plugin is pointed."""

    path: Path

    @property
    def mib(self) -> int:
        """What it really takes on disk."""
        return round(sum(file.stat().st_blocks * 512 for file in self.path.glob("*/data.mdb")) / 2**20)

    def apply(self, edits: Iterable[Edit], position: str) -> None:
        """In force when it returns."""
        with DirectoryWriter(self.path) as writer:
            writer.apply(list(edits), position)


def filled(path: Path, people: Population, say: Say) -> Directory:
    """A new directory at *path* with *people*."""
    say(f"filling a directory: {people.users:,} users, {people.edges:,} edges")
    with DirectoryWriter(path) as writer, writer.rebuilding() as building:
        cells = people.cells()
        while batch := list(islice(cells, BATCH)):
            building.fill(batch)
        building.finish(START)
    return Directory(path)


@contextmanager
def rewriting(directory: Directory, people: Population) -> Iterator[None]:
    """Accept contacts of people who take no part, and close them again: a durable change each PACE seconds."""

    def rewrite(done: threading.Event) -> None:
        with DirectoryWriter(directory.path) as writer:
            for number in range(1, 100_000):
                edit = set_contact(people.name(number // 2 * 7919 + 1), people.name(number // 2), number % 2 == 0)
                writer.apply([edit], f"0-{number}", after=f"0-{number - 1}")
                if done.wait(PACE):
                    break

    with alongside(rewrite):
        yield
