"""`xasup export`: a conversation out of this device's file, without a broker, while the device may be at work."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path

import click

from xasup.cli.account import account_options, find_account
from xasup.cli.history import peer_of
from xasup.client.export import About, Document, Format, document
from xasup.client.export_file import writing
from xasup.client.place import default_path
from xasup.client.values import Message
from xasup.client.views import message_of
from xasup.protocol.errors import Malformed, Refused
from xasup.protocol.ids import UserId
from xasup.runtime.output import note
from xasup.wire.store.survey import conversation as lines_of


@click.command()
@click.argument("conversation", metavar="USER|g:GROUP", type=peer_of)
@click.option("--format", type=click.Choice([each.value for each in Format]), default="text", show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    default=Path("-"),
    help="File.  [default: -, which prints]",
)
@click.option("--force", is_flag=True, help="Overwrite the file.")
@account_options
def export(
    conversation: str,
    format: str,
    output: Path,
    force: bool,
    connect_file: str | None,
    account_name: str | None,
    ca_file: Path | None,
) -> None:
    """Write a conversation as text, JSON or HTML, as this device has it.

    Needs no broker. In all formats what others wrote is harmless: control characters are spelled, HTML holds no script
    and loads nothing. The file can be read by you alone. Exit status 1: there is no such conversation; 2: the file is
    there already (see --force), or this device has no messages yet.

    \b
    Examples:
      xasup export bob
      xasup export bob --format html --output bob.html
      xasup export g:hikers --format json | jq -r '.messages[].text'
    """
    account = find_account(connect_file, ca_file, account_name).connect
    about = About(conversation, conversation, account.client.user, datetime.now().astimezone())
    messages = _messages(default_path(account), conversation, account.client.user)
    first = next(messages, None)
    if first is None:
        raise Refused(f"there is no conversation with {conversation} on this device")
    pieces = _pieces(document(Format(format), about), chain((first,), messages))
    if str(output) == "-":
        sys.stdout.writelines(pieces)
        return
    if output.exists() and not force:
        raise Malformed(f"{output} is there already; choose another name, or overwrite it with --force")
    with writing(output, force) as write:
        for piece in pieces:
            write(piece)
    note(f"{output.absolute()} has it")


def _messages(path: Path, conversation: str, me: UserId) -> Iterator[Message]:
    if not path.is_file():
        raise Malformed(f"this device has no messages yet; {path} is made by the first `xasup chat`")
    return (message_of(line, me) for _, line in lines_of(path, conversation))


def _pieces(written: Document, messages: Iterator[Message]) -> Iterator[str]:
    yield written.begin()
    yield from map(written.message, messages)
    yield written.end()
