"""The whole backend for a bench, with people and their asks in it before it starts. Refuses to know: what is timed.

People are written straight into the truth and into the directory, since making them one by one takes minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from tests.bench.brokers import allow_many_files, settings_of
from tests.bench.directories import filled
from tests.bench.population import Population
from tests.bench.rounds import Say
from tests.support.backend import Backend
from xasup import stack
from xasup.protocol.contacts import Edge, Side, Told
from xasup.protocol.records import Contact, User
from xasup.wire.truth import open_truth, tables
from xasup.wire.truth.port import Cell, Step

BATCH = 500  # cells in one step

Cells = Iterable[tuple[Cell, bytes]]


@contextmanager
def serve(folder: Path, name: str, people: Population, cells: Cells, say: Say) -> Iterator[Backend]:
    """A backend in *folder*, whose directory has *people* and whose truth has *cells*."""
    settings = settings_of(folder, name)
    filled(settings.directory, people, say)
    allow_many_files()
    backend = Backend(settings)
    try:
        backend.redis.start()
        asyncio.run(_write(backend, cells))
        asyncio.run(stack.provision(settings))
        for process in (backend.projector, backend.mosquitto, backend.bridge, backend.history, backend.contacts):
            process.start()
        yield backend
    finally:
        backend.stop()


def pids(backend: Backend) -> dict[str, int]:
    """Whose processor time tells where a request spends it."""
    return {
        "broker": backend.mosquitto.pid,
        "contacts": backend.contacts.pid,
        "projector": backend.projector.pid,
        "redis": backend.redis.pid,
    }


def users(names: Iterable[str]) -> Cells:
    """They exist."""
    record = User().encode()
    return ((Cell(tables.USERS, name), record) for name in names)


def asks(pairs: Iterable[tuple[str, str]]) -> Cells:
    """Each pair is (who was asked, who asked)."""
    asked = Contact(Side(mine=Edge.ASKED)).encode()
    waits = Contact(Side(theirs=Told.ASKED)).encode()
    for owner, actor in pairs:
        yield Cell(tables.contacts(owner), actor), asked
        yield Cell(tables.contacts(actor), owner), waits


def friends(pairs: Iterable[tuple[str, str]]) -> Cells:
    """Both of each pair have accepted the other."""
    accepted = Contact(Side(Edge.ACCEPTED, Told.ACCEPTED)).encode()
    for one, two in pairs:
        yield Cell(tables.contacts(one), two), accepted
        yield Cell(tables.contacts(two), one), accepted


async def _write(backend: Backend, cells: Cells) -> None:
    source = iter(cells)
    async with open_truth(backend.settings.redis_url) as truth:
        while batch := dict(islice(source, BATCH)):
            put: Mapping[Cell, bytes | None] = {**batch}
            await truth.commit(Step(put=put))
