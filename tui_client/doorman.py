"""The port to whoever knows accounts and can knock at a broker: what the screen may ask before an engine is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of what somebody gave. *account*: the key of the account that it opens, remembered now, or "";
    *wrong*: what is wrong and what to do next, without a full stop. Both: it opens, but something should be known."""

    account: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """An account that is remembered. *user*: who I am there; *where*: device and broker, never the token; *current*:
    the one that was used last."""

    key: str
    user: str
    where: str
    current: bool = False


class Doorman(Protocol):
    """Nothing that it gives back or raises holds a token or a link code."""

    async def check(self, text: str) -> Verdict:
        """*text*: a connect string, a link code (which is redeemed), or the path of a file that holds one of them."""
        ...

    def accounts(self) -> Sequence[Known]:
        """Raises Malformed where they cannot be read."""
        ...

    def forget(self, key: str) -> None:
        """Its connect string is removed here; the device stays linked, its messages stay. Raises Malformed."""
        ...


def tidied(text: str) -> str:
    """What was pasted or scanned, without the spaces and line ends that came with it."""
    return "".join(text.split()) if "://" in text else text.strip()
