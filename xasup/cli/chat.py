"""`xasup chat`: takes the account and the terminal, then hands over to the conversation. Light to import on purpose."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from setproctitle import setproctitle

from xasup.cli.account import Account, NoAccount, account_options, find_account, kept_accounts, now
from xasup.protocol.errors import Malformed


@click.command()
@click.argument("connect_string", required=False)
@click.option("--plain", is_flag=True, help="In lines, for screen readers; dumb terminals get it unasked.")
@click.option("--print-config", is_flag=True, help="Print the file of keys and looks with what holds anyway.")
@click.option("--man", "manual", is_flag=True, help="Print the manual page; `man -l -` shows it.")
@account_options
def chat(
    connect_string: str | None,
    plain: bool,
    print_config: bool,
    manual: bool,
    connect_file: str | None,
    account_name: str | None,
    ca_file: Path | None,
) -> None:
    """Chat in the terminal, as the account of CONNECT_STRING, or as the one used last.

    Where none is known it asks for one, and says how to get it; a link code will do. Where the one used last is open
    already, or the broker does not know it any more, it says so and shows the other accounts.

    Opens without a broker too, with what is on this device; what is written then goes out later. F1 shows the keys.
    Exit status 2: the connect string that was given is broken, the broker does not know its device, it runs already, or
    chat.toml is wrong.

    \b
    Examples:
      xasup chat xasup://alice:TOKEN@127.0.0.1:1883/laptop
      xasup chat --connect-file ~/alice.xasup
      xasup chat
      xasup chat --account alice
      xasup chat --plain
      xasup chat --man | man -l -
    """
    setproctitle("xasup chat")  # the token is not for other users of this machine
    if manual or print_config:
        _print(manual)
        return
    from xasup.cli.chat_config import read_config  # not before: the engine and the screen take long to load
    from xasup.cli.conversation import converse
    from xasup.cli.doorman import MachineDoorman
    from xasup.cli.faces import ScreenDoors, choose, has_screen

    config = read_config()
    account: Account | None
    try:
        account = find_account(connect_file, ca_file, account_name, connect_string)
    except NoAccount:
        if not has_screen(plain, os.environ):
            raise
        account = None
    _need_terminal()
    doorman = MachineDoorman(kept_accounts(), ca_file, now)
    doors = ScreenDoors(doorman, "NO_COLOR" not in os.environ, config) if has_screen(plain, os.environ) else None
    sys.exit(converse(account, choose(plain, os.environ, config, doorman), doors))


def _print(manual: bool) -> None:
    from xasup.cli.chat_config import printed_config
    from xasup.cli.manpage import manpage

    sys.stdout.write(manpage(chat) if manual else printed_config())


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
