"""`python -m tests.support.engine_process send|receive|die|keep CONNECT_STRING FILE [OTHER]`: an engine to be killed.

send: accepts numbered messages to OTHER as fast as it can, and prints the id of each that was accepted.
receive: prints the id of each message that it shows.
die: kills itself when the first message of OTHER is in its file, before anything else is done about it.
keep: keeps numbered drafts for OTHER, pinned each time anew, and prints the number of each that was kept.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from xasup.client import Client, MessageAdded
from xasup.protocol.connect import parse
from xasup.wire.store import SqliteStore, open_file


async def send(account: str, file: str, to: str) -> None:
    async with Client(account, Path(file)) as me:
        for n in count():
            for id in await me.send_many(to, [f"{n}.{part}" for part in range(3)]):
                print(id, flush=True)


async def receive(account: str, file: str) -> None:
    async with Client(account, Path(file)) as me:
        events = me.events()
        await me.online()
        print("online", flush=True)
        async for event in events:
            if isinstance(event, MessageAdded):
                print(event.message.id, flush=True)


class Mortal:
    """A store that takes its process with it."""

    def __init__(self, store: SqliteStore, other: str) -> None:
        self._store, self._other = store, other

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._store.transaction():
            yield
        if self._store.history.page(self._other, None, 1):
            os.kill(os.getpid(), signal.SIGKILL)


async def die(account: str, file: str, other: str) -> None:
    client = parse(account).client
    async with Client(account, Path(file), opener=lambda: Mortal(open_file(Path(file), client), other)) as me:
        async for _ in me.events():
            pass


async def keep(account: str, file: str, other: str) -> None:
    async with Client(account, Path(file)) as me:
        for n in count():
            await asyncio.gather(me.keep_draft(other, str(n)), me.stopped(other, n), me.pin(other, n % 2 == 0))
            print(n, flush=True)


if __name__ == "__main__":
    asyncio.run({"send": send, "receive": receive, "die": die, "keep": keep}[sys.argv[1]](*sys.argv[2:]))
