"""An engine and a face, put together, one account after the other. Decides nothing but which comes next."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from tui_client.engine import Engine
from xasup.cli.account import Account, remember
from xasup.cli.faces import Ending, Face
from xasup.client import Client, Connection, ConnectionChanged, Link
from xasup.client.probe import in_use
from xasup.protocol.errors import Malformed, Unavailable

FIRST_ANSWER = 3.0  # seconds for the broker to say yes or no, before the screen opens without an answer
_log = logging.getLogger("xasup.chat")


class Doors(Protocol):
    """Where a person chooses an account."""

    async def choose(self, wrong: str) -> Account | None:
        """*wrong*: why the last one was not opened; None where the person left."""
        ...

    def open(self, key: str) -> Account: ...

    def entered(self, account: Account) -> None:
        """This one is opened now."""
        ...


def converse(account: Account | None, face: Face, doors: Doors | None) -> int:
    """Until the person leaves; the exit status. *account*: the first, None to let the person choose; *doors*: None
    where there is no choice. Raises Malformed when the broker does not know an account that was given with the command
    or has no other beside it, Unavailable when another process has its files."""
    return asyncio.run(_converse(account, face, doors))


async def _converse(account: Account | None, face: Face, doors: Doors | None) -> int:
    wrong = ""
    while True:
        if account is None:
            account = await doors.choose(wrong) if doors is not None else None
        if account is None:
            return 0
        try:
            ending = await _one(account, face, doors.entered if doors is not None else lambda account: None)
        except (Malformed, Unavailable) as error:
            if doors is None or account.explicit:
                raise
            wrong = in_use(account.connect) or str(error)
            account = None
            continue
        if not ending.account or doors is None:
            return ending.status
        account, wrong = doors.open(ending.account), ""


async def _one(account: Account, face: Face, entered: Callable[[Account], None]) -> Ending:
    """Raises Malformed when another connect string is needed."""
    client = Client(account.connect, ca_file=account.ca_file)
    async with client as me:
        first = await _first_answer(me)
        if first.link is Link.REFUSED:
            raise Malformed(first.reason)
        if first.link is Link.ONLINE:
            remember(account)
        entered(account)
        _log_to(client.path.with_suffix(".log"))
        ending = await face(cast(Engine, me), _log.error)
        if me.connection.link is Link.ONLINE:
            remember(account)
    return ending


async def _first_answer(me: Client) -> Connection:
    """The connection once the first attempt has ended, one way or the other."""
    events = me.events()
    try:
        async with asyncio.timeout(FIRST_ANSWER):
            async for event in events:
                if isinstance(event, ConnectionChanged) and event.connection.link is not Link.CONNECTING:
                    return event.connection
    except TimeoutError:
        pass  # it may come later; the screen says how it stands
    return me.connection


def _log_to(path: Path) -> None:
    """From now on everything that is logged goes to a file of the owner's alone: the terminal belongs to the screen."""
    path.touch(mode=0o600)
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(filename=path, encoding="utf-8", level=logging.WARNING, format=form, force=True)
