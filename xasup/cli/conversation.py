"""An engine and a screen, put together. Decides nothing but what ends before the screen opens."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from tui_client.app import ChatApp
from xasup.cli.account import Account, remember
from xasup.client import Client, Connection, ConnectionChanged, Link
from xasup.protocol.errors import Malformed
from xasup.runtime import logs

FIRST_ANSWER = 3.0  # seconds for the broker to say yes or no, before the screen opens without an answer
_log = logging.getLogger("xasup.chat")


def converse(account: Account, colour: bool) -> int:
    """Until the person leaves; the exit status. Raises Malformed when the broker does not know the account, Unavailable
    when another process has its files."""
    refusal, status = asyncio.run(_converse(account, colour))
    if refusal:
        raise Malformed(refusal)  # another connect string is needed
    return status


async def _converse(account: Account, colour: bool) -> tuple[str, int]:
    client = Client(account.connect, ca_file=account.ca_file)
    async with client as me:
        first = await _first_answer(me)
        if first.link is Link.REFUSED:
            return first.reason, 2
        if first.link is Link.ONLINE:
            remember(account)
        _log_to(client.path.with_suffix(".log"))
        app = ChatApp(me, colour=colour, on_crash=_log.error)
        await app.run_async()
        if me.connection.link is Link.ONLINE:
            remember(account)
    return "", app.return_code or 0


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
    file = path.open("a", encoding="utf-8")  # for as long as the process lives
    logs.configure("chat", "warning", file)
    logging.basicConfig(stream=file, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
