"""Which account a client command speaks for: a connect string from a file or the environment, one that is kept, or the
one used last. A link code becomes an account here, and is kept at once.

A connect string holds a secret, so it need never stand in a command line, where other users of the machine see it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xasup.protocol.connect import ConnectString, parse
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.runtime.output import note

if TYPE_CHECKING:
    from xasup.client.accounts import Accounts, Known  # not now: a token in the command line is to be hidden first

VARIABLE, CA_VARIABLE = "XASUP_CONNECT", "XASUP_CA"
_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Account:
    """*ca_file*: PEM of the authority to trust; *explicit*: given with this command, so that no other will do."""

    connect: ConnectString
    ca_file: Path | None = None
    explicit: bool = False


class NoAccount(Malformed):
    """None was given, and none is kept."""


def account_options(command: _Command) -> _Command:
    """The options that all client commands share; give their values to find_account()."""
    command = click.option(
        "--connect-file",
        metavar="FILE",
        help=f"File with the connect string, - for the first line of the input; else ${VARIABLE}, else the last used.",
    )(command)
    command = click.option(
        "--account",
        "account_name",
        metavar="NAME",
        help="One of `xasup accounts`: alice, or what tells it apart.",
    )(command)
    return click.option(
        "--ca",
        "ca_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar=CA_VARIABLE,
        help=f"PEM file of the authority to trust with xasups:// (or ${CA_VARIABLE}).",
    )(command)


def find_account(
    connect_file: str | None, ca_file: Path | None, account_name: str | None = None, given: str | None = None
) -> Account:
    """*given*: a connect string from the command line. Raises Malformed, saying where it looked; Refused, Unavailable
    where it is a link code that opens nothing."""
    if account_name is not None:
        if connect_file is not None or given is not None:
            raise click.UsageError("--account names one that is kept; it needs no connect string beside it")
        return _kept(kept_accounts().find(account_name), ca_file)
    text = connect_text(connect_file, given)
    if text is not None:
        return Account(linked(text, ca_file), ca_file, explicit=True)
    known = kept_accounts().last()
    if known is None:
        raise NoAccount(
            f"no account: give a connect string with --connect-file FILE or in ${VARIABLE}; "
            "`xasup accounts` lists those that are kept"
        )
    return _kept(known, ca_file)


def connect_text(connect_file: str | None, given: str | None = None) -> ConnectString | None:
    """A connect string from the command line, from a file or from the environment; None where there is none. Raises
    Malformed."""
    text, where = given, "the command line"
    if text is None and connect_file is not None:
        text, where = _read(connect_file), "standard input" if connect_file == "-" else connect_file
    if text is None:
        text, where = os.environ.get(VARIABLE), f"${VARIABLE}"
    return _parse(text, where) if text is not None else None


def linked(connect: ConnectString, ca_file: Path | None) -> ConnectString:
    """*connect*, or the account for which a link code was good, kept already. Raises Refused, Unavailable."""
    if not connect.code:
        return connect
    from xasup.client.accounts import Known
    from xasup.client.redeem import redeem

    try:
        account = asyncio.run(redeem(connect, ca_file))
    except Refused:
        if (before := _came_of(connect)) is None:
            raise
        note(f"this link code was used already; {before.name} is linked here")
        return before.connect
    known = kept_accounts().let_in(Known(account, ca_file, by_code=True), now())
    note(f"this device is linked as {known.name}")
    return account


def _came_of(code: ConnectString) -> Known | None:
    """The account of this machine that a code for the same device has become."""
    by_code = (known for known in kept_accounts().all() if known.by_code)
    return next(
        (known for known in by_code if replace(code, token=known.connect.token, code=False) == known.connect), None
    )


def remember(account: Account) -> None:
    """After the broker has let us in: this is the account from now on, unless another is named."""
    from xasup.client.accounts import Known

    try:
        kept_accounts().let_in(Known(account.connect, account.ca_file), now())
    except Unavailable as error:
        note(str(error))


def kept_accounts() -> Accounts:
    """Those of this person."""
    from xasup.client.accounts import my_accounts

    return my_accounts()


def _kept(known: Known, ca_file: Path | None) -> Account:
    return Account(known.connect, ca_file or known.ca_file)


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.readline()
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Malformed(f"{name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Malformed(f"{name}: expected text, a connect string") from None


def _parse(text: str, where: str) -> ConnectString:
    try:
        return parse(text)
    except Malformed as error:
        raise Malformed(f"{where}: {error}") from None
