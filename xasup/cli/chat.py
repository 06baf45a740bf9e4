"""`xasup chat`: takes the account and the terminal, then hands over to the conversation. Light to import on purpose."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from setproctitle import setproctitle

from xasup.cli.account import account_options, find_account
from xasup.protocol.errors import Malformed


@click.command()
@click.argument("connect_string", required=False)
@account_options
def chat(connect_string: str | None, connect_file: str | None, ca_file: Path | None) -> None:
    """Chat in the terminal, as the account of CONNECT_STRING, or as the one used last.

    Opens without a broker too, with what is on this device; what is written then goes out later. F1 shows the keys.
    Exit status 2: the connect string is broken, the broker does not know the device, or it runs already.

    \b
    Examples:
      xasup chat xasup://alice:TOKEN@127.0.0.1:1883/laptop
      xasup chat --connect-file ~/alice.xasup
      xasup chat
    """
    setproctitle("xasup chat")  # the token is not for other users of this machine
    from xasup.cli.conversation import converse  # not before: the engine and the screen take long to load

    account = find_account(connect_file, ca_file, connect_string)
    _need_terminal()
    sys.exit(converse(account, colour="NO_COLOR" not in os.environ))


def _need_terminal() -> None:
    """The keyboard may be somewhere else than standard input, which may have given us the connect string."""
    if not sys.stdout.isatty():
        raise Malformed("chat needs a terminal; for scripts there are `xasup send` and `xasup listen`")
    if not sys.stdin.isatty():
        try:
            keyboard = os.open("/dev/tty", os.O_RDWR)
        except OSError as error:
            raise Malformed(f"chat needs a keyboard: /dev/tty: {error.strerror}") from None
        os.dup2(keyboard, 0)
        os.close(keyboard)
