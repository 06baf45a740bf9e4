"""The door of the terminal client on this machine: what somebody gives is checked, link codes redeemed, accounts kept.

Carries out `tui_client.doorman.Doorman` with the engine's probe and store. Refuses to know screens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from tui_client.doorman import Known, Verdict
from xasup.cli.account import Account
from xasup.client import accounts
from xasup.client.accounts import Accounts
from xasup.client.probe import Verdict as Found
from xasup.client.probe import probe
from xasup.client.redeem import redeem
from xasup.protocol.connect import ConnectString, parse
from xasup.protocol.errors import Malformed, Unavailable, XasupError

MOST = 4096  # bytes of a file that holds a connect string


class MachineDoorman:
    """*ca_file*: PEM of the authority to trust; *now*: milliseconds since the epoch. `here`: the account that is
    open."""

    def __init__(self, kept: Accounts, ca_file: Path | None, now: Callable[[], int]) -> None:
        self._kept, self._ca_file, self._now = kept, ca_file, now
        self.here = ""

    async def check(self, text: str) -> Verdict:
        try:
            connect = await asyncio.to_thread(_given, text)
            return await (self._redeem(connect) if connect.code else self._probe(connect))
        except XasupError as error:
            return Verdict(wrong=str(error))

    def accounts(self) -> Sequence[Known]:
        return [_shown(known, self.here) for known in self._kept.all()]

    def forget(self, key: str) -> None:
        self._kept.remove(self._kept.find(key))

    def open(self, key: str) -> Account:
        """The account of this key, the one used last from now on. Raises Malformed, Unavailable."""
        known = self._kept.use(self._kept.find(key), self._now())
        return Account(known.connect, self._ca_file or known.ca_file)

    async def _probe(self, connect: ConnectString) -> Verdict:
        known = next((each for each in self._kept.all() if each.connect == connect), None)
        found = await probe(connect, self._ca_file, let_in=known.let_in if known else 0)
        if not found.ok:
            return Verdict(wrong=found.sentence)
        return Verdict(self._let_in(connect, by_code=False), "" if found.verdict is Found.OK else found.sentence)

    async def _redeem(self, code: ConnectString) -> Verdict:
        try:
            connect = await redeem(code, self._ca_file)
        except Unavailable as error:
            found = await probe(code, self._ca_file)  # which says more of why
            return Verdict(wrong=str(error) if found.ok else found.sentence)
        return Verdict(self._let_in(connect, by_code=True))

    def _let_in(self, connect: ConnectString, by_code: bool) -> str:
        return self._kept.let_in(accounts.Known(connect, self._ca_file, by_code=by_code), self._now()).name


def name_of(account: Account) -> str:
    """The key under which it is kept."""
    return accounts.Known(account.connect).name


def _shown(known: accounts.Known, here: str) -> Known:
    connect = known.connect
    where = f"{connect.client.device} at {connect.host}:{connect.port}"
    return Known(known.name, connect.client.user, where, known.name == here)


def _given(text: str) -> ConnectString:
    """What somebody means by *text*. Raises Malformed, which never quotes what may be a secret."""
    if "://" in text or not text:
        return parse(text)
    try:
        with Path(text).expanduser().open("rb") as file:
            return parse(file.read(MOST).decode().strip())
    except (OSError, ValueError, RuntimeError):  # no such file, no text, no such home
        raise Malformed(
            "this is neither a connect string (xasup://user:token@host:port/device) nor a file that holds one"
        ) from None
