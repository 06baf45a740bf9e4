"""`xasup send`: a message from the command line or a pipe, followed as far as asked."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import click

from xasup.cli.account import Account, account_options, find_account, remember
from xasup.client import Client, ConnectionChanged, Event, Link, StateChanged
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.states import NEXT, State
from xasup.runtime.output import emit, line_now

_WAIT = {"sent": State.SENT, "stored": State.STORED, "delivered": State.DELIVERED, "read": State.READ}


@click.command()
@click.argument("to")
@click.argument("text", required=False)
@click.option("--re", metavar="ID", help="The id of the message that this one replies to.")
@click.option("--lines", is_flag=True, help="Each line of standard input is a message of its own.")
@click.option("--wait", type=click.Choice(list(_WAIT)), default="sent", show_default=True, help="How far to follow it.")
@click.option("--timeout", type=float, default=30, show_default=True, help="Seconds to follow it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message: id, state, reason.")
@account_options
def send(
    to: str,
    text: str | None,
    re: str | None,
    lines: bool,
    wait: str,
    timeout: float,
    as_json: bool,
    connect_file: str | None,
    account_name: str | None,
    ca_file: Path | None,
) -> None:
    """Send TEXT, or what standard input says, to TO: a person (bob) or a group (g:hikers).

    What was accepted is not lost: if it cannot be sent in time (exit status 2), it stays in this device's outbox and
    goes out when the device is online again, by any command. Exit status 1: it was refused.

    \b
    Examples:
      echo hi | xasup send bob
      xasup send bob "are you there?" --wait delivered
      tail -f app.log | xasup send g:ops --lines --timeout 3600
    """
    account = find_account(connect_file, ca_file, account_name)
    job = _Sending(account, to, re, _WAIT[wait], as_json)
    if lines and text is None:
        asyncio.run(job.stream(timeout))
    else:
        asyncio.run(job.once(text if text is not None else _whole_input(), timeout))


class _Sending:
    def __init__(self, account: Account, to: str, re: str | None, goal: State, as_json: bool) -> None:
        self._account, self._to, self._re, self._goal, self._as_json = account, to, re, goal, as_json

    async def once(self, text: str, patience: float) -> None:
        async with Client(self._account.connect, ca_file=self._account.ca_file) as me:
            events = me.events()
            await self._send(me, events, text, patience)
            remember(self._account)

    async def stream(self, patience: float) -> None:
        async with Client(self._account.connect, ca_file=self._account.ca_file) as me:
            events = me.events()
            while text := (await asyncio.to_thread(sys.stdin.readline)):
                if text.strip():
                    await self._send(me, events, text.rstrip("\r\n"), patience)
            remember(self._account)

    async def _send(self, me: Client, events: AsyncIterator[Event], text: str, patience: float) -> None:
        id = await me.send(self._to, text, self._re)
        last = StateChanged(self._to, id, State.SENDING)
        try:
            async with asyncio.timeout(patience):
                async for event in events:
                    _fail_if_unknown(event)
                    if isinstance(event, StateChanged) and event.id == id:
                        last = event
                        if _reached(event.state, self._goal):
                            break
        except TimeoutError:
            pass
        if self._as_json:
            emit({"id": id, "to": self._to, "state": last.state, "reason": last.reason})
        else:
            line_now(id)
        if last.state is State.REFUSED:
            raise Refused(f"{self._to}: {last.reason}")
        if not _reached(last.state, self._goal):
            raise Unavailable(_not_yet(self._to, last.state, self._goal, patience, me.connection.reason))


def _reached(state: State, goal: State) -> bool:
    """True when *state* is *goal* or can only come after it, or when nothing more will come."""
    return state is goal or state is State.REFUSED or state in NEXT[goal] - {State.REFUSED}


def _fail_if_unknown(event: Event) -> None:
    if isinstance(event, ConnectionChanged) and event.connection.link is Link.REFUSED:
        raise Refused(f"{event.connection.reason}; the message stays in the outbox")


def _not_yet(to: str, state: State, goal: State, patience: float, reason: str) -> str:
    why = f" ({reason})" if reason else ""
    if state is State.SENDING:
        later = "it stays in the outbox and goes out when this device is online"
        return f"to {to}: not sent within {patience:g} s{why}; {later}"
    return f"to {to}: {state}, but not {goal} within {patience:g} s; it is on its way"


def _whole_input() -> str:
    if sys.stdin.isatty():
        click.echo("the message, then Ctrl-D:", err=True)
    try:
        text = sys.stdin.read().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Malformed("standard input: expected text in UTF-8") from None
    if not text:
        raise Malformed("nothing to send: standard input is empty")
    return text
