"""`xasup accounts`: the accounts that are kept on this machine. No token is ever printed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from xasup.cli.account import CA_VARIABLE, connect_text, linked, now
from xasup.client.accounts import Known, my_accounts
from xasup.client.place import default_path
from xasup.client.probe import Probe, probe
from xasup.protocol import connect
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Malformed, Refused
from xasup.runtime.output import Table, emit, moment, note, say

_COLUMNS = [("user", 12), ("device", 12), ("host", 24), ("last used", 17), ("linked", 6), ("name", 1)]
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.group(invoke_without_command=True)
@click.pass_context
def accounts(context: click.Context) -> None:
    """List, add, check, choose and remove the accounts of this machine. Alone it lists them.

    A NAME is what the list says, or as much of it as tells it from the others: alice, alice/laptop, alice@host.

    \b
    Examples:
      xasup accounts
      xasup accounts add --connect-file phone.connect
      xasup accounts use alice
    """
    if context.invoked_subcommand is None:
        context.invoke(list_, as_json=False)


@accounts.command("list")
@_JSON
def list_(as_json: bool) -> None:
    """List them, the one used last first: `xasup chat` takes that one.

    \b
    Examples:
      xasup accounts list
      xasup accounts list --json | jq -r .name
    """
    mine = my_accounts()
    found = mine.all()
    table = Table(_COLUMNS) if found and not as_json else None
    for known in found:
        if table is None:
            emit(_facts(known))
        else:
            table.row(*_cells(known))
    for path in mine.broken():
        note(f"{path} holds no account; remove it")
    for path in mine.newer():
        note(f"{path} was written by a newer xasup; update this one to use it")
    if not found and not as_json:
        note("there are none yet; `xasup accounts add` takes a connect string, and `xasup chat` asks for one")


@accounts.command()
@click.option("--connect-file", metavar="FILE", help="File with the connect string, - for the first line of the input.")
@click.option("--ca", "ca_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), envvar=CA_VARIABLE)
@click.option("--no-check", is_flag=True, help="Keep it without asking the broker; not for a link code.")
@_JSON
def add(connect_file: str | None, ca_file: Path | None, no_check: bool, as_json: bool) -> None:
    """Take a connect string or a link code, check it live, and keep it. Without --connect-file it is asked for.

    Exit status 1: it does not work, and why is said.

    \b
    Examples:
      xasup accounts add
      xasup accounts add --connect-file alice.connect
      wl-paste | xasup accounts add --connect-file -
    """
    given = connect_text(connect_file) or _ask()
    looked = None if no_check and not given.code else _check(given, ca_file)
    account = linked(given, ca_file)
    new, mine = Known(account, ca_file, by_code=given.code), my_accounts()
    known = mine.let_in(new, now()) if looked else mine.use(new, now())
    _tell(known, as_json, f"{known.name} is kept{f'; {looked.sentence}' if looked else ''}")


@accounts.command()
@click.argument("name")
@_JSON
def use(name: str, as_json: bool) -> None:
    """Make NAME the one that commands take unless told otherwise.

    \b
    Example:
      xasup accounts use alice/laptop
    """
    mine = my_accounts()
    known = mine.use(mine.find(name), now())
    _tell(known, as_json, f"{known.name} is used from now on")


@accounts.command()
@click.argument("name", required=False)
@_JSON
def check(name: str | None, as_json: bool) -> None:
    """Ask the broker about NAME, or the one used last: does it work, and if not, what is wrong?

    Exit status 1: it does not.

    \b
    Examples:
      xasup accounts check
      xasup accounts check alice --json
    """
    known = _named(name)
    looked = asyncio.run(probe(known.connect, known.ca_file, let_in=known.let_in))
    if as_json:
        emit(_facts(known) | {"ok": looked.ok, "verdict": looked.verdict, "sentence": looked.sentence})
    elif looked.ok:
        say(looked.sentence)
    if looked.ok:
        return
    if as_json:
        sys.exit(1)
    raise Refused(looked.sentence)


@accounts.command()
@click.argument("name", required=False)
@_JSON
def show(name: str | None, as_json: bool) -> None:
    """Show what is known of NAME, or of the one used last; never its token.

    \b
    Examples:
      xasup accounts show
      xasup accounts show alice@chat.example.org
    """
    known = _named(name)
    if as_json:
        emit(_facts(known))
        return
    for field, value in _facts(known).items():
        shown = moment(int(value)) if field in ("used", "let_in") else value
        say(f"{field + ':':<12} {shown}")


@accounts.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_JSON
def remove(name: str, yes: bool, as_json: bool) -> None:
    """Forget NAME. The device stays linked, and its messages stay in their file.

    \b
    Examples:
      xasup accounts remove bob
      xasup accounts remove bob/laptop --yes
    """
    mine = my_accounts()
    known = mine.find(name)
    if not yes and not click.confirm(f"Forget {known.name}? Its token is nowhere else.", err=True):
        note("nothing was done")
        sys.exit(1)
    mine.remove(known)
    client = known.connect.client
    _tell(known, as_json, f"{known.name} is forgotten; to end the device {client.device} of {client.user}, revoke it")


def _named(name: str | None) -> Known:
    mine = my_accounts()
    known = mine.find(name) if name is not None else mine.last()
    if known is None:
        raise Malformed("there is no account yet; `xasup accounts add` takes a connect string")
    return known


def _ask() -> ConnectString:
    text: str = click.prompt("Connect string or link code (not shown)", hide_input=True, err=True)
    return connect.parse(text)


def _check(given: ConnectString, ca_file: Path | None) -> Probe:
    looked = asyncio.run(probe(given, ca_file))
    if not looked.ok:
        raise Refused(looked.sentence)
    return looked


def _tell(known: Known, as_json: bool, sentence: str) -> None:
    if as_json:
        emit(_facts(known))
    else:
        say(sentence)


def _facts(known: Known) -> dict[str, Any]:
    account = known.connect
    return {
        "name": known.name,
        "user": account.client.user,
        "device": account.client.device,
        "host": account.host,
        "port": account.port,
        "tls": account.tls,
        "ca": str(known.ca_file) if known.ca_file else "",
        "used": known.used,
        "let_in": known.let_in,
        "by_code": known.by_code,
        "messages": str(default_path(account)),
    }


def _cells(known: Known) -> tuple[object, ...]:
    account = known.connect
    where = f"{account.host}:{account.port}{' (TLS)' if account.tls else ''}"
    how = "code" if known.by_code else "token"
    return account.client.user, account.client.device, where, moment(known.used), how, known.name
