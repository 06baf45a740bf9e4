"""`xasup history`: what somebody finds in their mailboxes, read from the file of the history service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from history import answers
from xasup.cli.log_lines import second
from xasup.cli.since import EXPECTED, parse_since
from xasup.protocol import envelope, receipts, topics
from xasup.protocol.envelope import Message, PlainText
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import UserId, group_id, user_id
from xasup.protocol.topics import Kind, Space
from xasup.runtime.output import emit, say
from xasup.runtime.settings import load
from xasup.wire.mailboxes import Entry, Lookup, Wanted, open_lookup

_PAGE = 500  # entries read at a time


def peer_of(text: str) -> str:
    """`bob`, or `g:hikers` for a group. Raises Malformed."""
    return f"g:{group_id(text[2:])}" if text.startswith("g:") else user_id(text)


@click.command()
@click.argument("user", type=user_id)
@click.option(
    "--with", "peer", metavar="USER|g:GROUP", type=peer_of, help="Only what is between the two, or the group."
)
@click.option("--since", metavar="TIME", help=f"Not older than {EXPECTED}.")
@click.option("--limit", type=click.IntRange(min=1), help="The first so many.  [default: all]")
@click.option("--states", is_flag=True, help="With each message, who saw it and when; without receipts.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the backend.  [default: XASUP_DATA]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def history(
    user: UserId,
    peer: str | None,
    since: str | None,
    limit: int | None,
    states: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Print what USER finds in the history: messages and receipts from and to them, and of their groups. Oldest first.

    Texts are printed. Reads the file of the history service on this machine, whether the service runs or not; what it
    has not taken from the log yet is missing. Exit status 2: there is no such file, or it cannot be read.

    \b
    Examples:
      xasup history alice
      xasup history alice --with bob --since 2h --states
      xasup history alice --with g:hikers --limit 100 --json | jq -r .payload
    """
    begin = parse_since(since, datetime.now(UTC)) if since else 0
    with closing(open_lookup(load(data=data).history)) as lookup:
        found = (entry for entry in _entries(lookup, Wanted(user, 0, peer or "", _PAGE)) if entry.at >= begin)
        if states:
            found = (entry for entry in found if topics.parse(entry.topic).kind is Kind.MESSAGE)
        for entry in islice(found, limit):
            fields = answers.spell(entry)
            if states:
                fields["states"] = _states(lookup, user, entry)
            if as_json:
                emit(fields)
            else:
                say(_line(entry, fields.get("states", ())))
        sys.stdout.flush()


def _entries(lookup: Lookup, wanted: Wanted) -> Iterator[Entry]:
    """All, a page in memory at a time."""
    while True:
        page = lookup.page(wanted)
        yield from page.entries
        if not page.more:
            return
        wanted = wanted._replace(after=page.entries[-1].seq)


def _states(lookup: Lookup, user: UserId, entry: Entry) -> list[dict[str, Any]]:
    """Of a plain text nobody tells more than that it is stored."""
    message = _message(entry.payload)
    sender = UserId(topics.parse(entry.topic).actor)
    standing = lookup.standing(user, sender, message.id) if isinstance(message, Message) else None
    return answers.states(standing) if standing else [{"state": "stored", "ts": entry.at}]


def _line(entry: Entry, states: Any) -> str:
    """Not inert yet."""
    address = topics.parse(entry.topic)
    to = f"g:{address.owner}" if address.space is Space.GROUP else address.owner
    said = (_text if address.kind is Kind.MESSAGE else _receipt)(entry.payload)
    seen = "".join(f"  [{each['state']} {second(each['ts'])}]" for each in states)
    return f"{second(entry.at)}  {address.actor} -> {to}: {said}{seen}"


def _text(payload: bytes) -> str:
    message = _message(payload)
    return message.text if message else payload.decode(errors="backslashreplace")


def _message(payload: bytes) -> Message | PlainText | None:
    try:
        return envelope.decode(payload)
    except Malformed:
        return None


def _receipt(payload: bytes) -> str:
    receipt = receipts.decode(payload)
    lists = {"delivered": receipt.delivered, "read": receipt.read, "refused": tuple(receipt.refused)}
    return ", ".join(f"{word} {' '.join(ids)}" for word, ids in lists.items() if ids)
