"""Which account a client command speaks for: a connect string from a file, the environment, or the one used last.

A connect string holds a secret, so it need never stand in a command line, where other users of the machine see it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from platformdirs import user_config_path

from xasup.protocol.connect import ConnectString, parse
from xasup.protocol.errors import Malformed
from xasup.runtime.output import note

VARIABLE, CA_VARIABLE = "XASUP_CONNECT", "XASUP_CA"
_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Account:
    """*explicit*: given with this command, so it is to be remembered; *ca_file*: PEM of the authority to trust."""

    connect: ConnectString
    explicit: bool
    ca_file: Path | None = None


def account_options(command: _Command) -> _Command:
    """The options that all client commands share; give their values to find_account()."""
    command = click.option(
        "--connect-file",
        metavar="FILE",
        help=f"File with the connect string, - for the first line of the input; else ${VARIABLE}, else the last used.",
    )(command)
    return click.option(
        "--ca",
        "ca_file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar=CA_VARIABLE,
        help=f"PEM file of the authority to trust with xasups:// (or ${CA_VARIABLE}).",
    )(command)


def find_account(connect_file: str | None, ca_file: Path | None, given: str | None = None) -> Account:
    """*given*: a connect string from the command line. Raises Malformed, saying where it looked."""
    text, where = given, "the command line"
    if text is None and connect_file is not None:
        text, where = _read(connect_file), "standard input" if connect_file == "-" else connect_file
    if text is None:
        text, where = os.environ.get(VARIABLE), f"${VARIABLE}"
    if text is not None:
        return Account(_parse(text, where), explicit=True, ca_file=ca_file)
    path = remembered_path()
    if not path.exists():
        raise Malformed(
            f"no account: give a connect string with --connect-file FILE or in ${VARIABLE}; "
            f"the last used one is remembered in {path}"
        )
    return Account(_parse(_read(str(path)), str(path)), explicit=False, ca_file=ca_file)


def remember(account: Account) -> None:
    """After the broker has let us in: this is the account from now on, if it was given explicitly."""
    if not account.explicit:
        return
    path = remembered_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(account.connect.reveal() + "\n", encoding="utf-8")
    except OSError as error:
        note(f"{path}: {error.strerror}; the account cannot be remembered")


def remembered_path() -> Path:
    """Where the last used account is kept."""
    return user_config_path("xasup") / "connect"


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
