"""`xasup listen`: messages and events as lines, for people and for scripts."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import click

from xasup.cli.account import Account, account_options, find_account, remember
from xasup.cli.event_lines import as_fields, as_text
from xasup.cli.herald import Herald, terminal
from xasup.client import Client, ConnectionChanged, Event, Link, Message, MessageAdded
from xasup.protocol.errors import Refused
from xasup.runtime import notify as notify_by
from xasup.runtime.output import emit, line_now

_PAGE = 200


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Every event as one JSON object a line.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many messages.")
@click.option("--for", "seconds", type=float, help="End after so many seconds.")
@click.option("--mark-read", is_flag=True, help="What is printed counts as read; what is unread comes first.")
@click.option(
    "--notify",
    type=click.Choice([*map(str, notify_by.EVERY), notify_by.ALL]),
    help="Tell the desktop through the terminal too, at most once a second; not of what is muted.",
)
@account_options
def listen(
    as_json: bool,
    count: int | None,
    seconds: float | None,
    mark_read: bool,
    notify: str | None,
    connect_file: str | None,
    account_name: str | None,
    ca_file: Path | None,
) -> None:
    """Print messages as they arrive, until Ctrl-C.

    With --mark-read nothing is missed between two runs: each prints what no earlier one has printed.

    \b
    Examples:
      xasup listen
      xasup listen --json --count 1 --for 60
      xasup listen --notify all
      xasup listen --json --mark-read | jq -r 'select(.event=="message") | .text'
    """
    account = find_account(connect_file, ca_file, account_name)
    herald = Herald(notify_by.ways(notify), terminal(), time.monotonic) if notify else None
    asyncio.run(_Listening(account, as_json, count, mark_read, herald).run(seconds))


class _Listening:
    def __init__(
        self, account: Account, as_json: bool, count: int | None, mark_read: bool, herald: Herald | None
    ) -> None:
        self._account, self._as_json, self._left, self._mark_read = account, as_json, count, mark_read
        self._herald = herald
        self._printed: set[str] = set()  # of the backlog: an event may tell of it once more

    async def run(self, seconds: float | None) -> None:
        async with Client(self._account.connect, ca_file=self._account.ca_file) as me:
            try:
                async with asyncio.timeout(seconds):
                    await self._listen(me)
            except TimeoutError:
                return

    async def _listen(self, me: Client) -> None:
        events = me.events()
        if self._herald is not None:
            await self._herald.learn(me)
        if self._mark_read:
            await self._backlog(me)
        while self._left is None or self._left > 0:
            event = await anext(events)
            await self._take(me, event)

    async def _backlog(self, me: Client) -> None:
        for conversation in await me.conversations():
            for message in await _unread(me, conversation.key, conversation.unread):
                if self._left is None or self._left > 0:
                    self._printed.add(message.id)
                    await self._message(me, MessageAdded(message))

    async def _take(self, me: Client, event: Event) -> None:
        match event:
            case MessageAdded(message) if message.mine or message.id in self._printed:
                return
            case MessageAdded():
                await self._message(me, event)
                self._announce(event)
                return
            case ConnectionChanged(connection) if connection.link is Link.REFUSED:
                raise Refused(connection.reason)
            case ConnectionChanged(connection) if connection.link is Link.ONLINE:
                remember(self._account)
        self._print(event)
        self._announce(event)

    async def _message(self, me: Client, event: MessageAdded) -> None:
        self._print(event)
        if self._left is not None:
            self._left -= 1
        if self._mark_read:
            await me.shown(event.message.conversation, [event.message.id])

    def _announce(self, event: Event) -> None:
        if self._herald is not None:
            self._herald.tell(event)

    def _print(self, event: Event) -> None:
        if self._as_json:
            emit(as_fields(event))
            sys.stdout.flush()
        elif (text := as_text(event)) is not None:
            line_now(text)


async def _unread(me: Client, conversation: str, count: int) -> list[Message]:
    """The unread lines of a conversation, oldest first."""
    found: list[Message] = []
    before: int | None = None
    while len(found) < count:
        page = await me.messages(conversation, before, _PAGE)
        if not page:
            break
        found = [message for message in page if message.unread] + found
        before = page[0].seq
    return found
