"""The broker and its directory, which becomes what the world is; and the door through which clients come.

Refuses to know: what is tried, what is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import reduce

from tests.broker.model.moves import EARS, GENESIS
from tests.broker.model.world import Change, World, after, cells, token
from tests.support.broker import FOREVER, TestBroker, person
from tests.support.raw_mqtt import V5, V311, RawClient
from xasup.protocol.directory import Edit

_CANARY = "canary:d"  # always there, to see whether the directory is


class House:
    """Begins with everybody linked, and about half of what may be accepted and joined."""

    def __init__(self, broker: TestBroker) -> None:
        self.broker = broker
        self.world = World()
        self._cells: dict[bytes, bytes] = {}
        self.become(GENESIS, afresh=False)

    def become(self, changes: Iterable[Change], *, afresh: bool) -> None:
        """In force when it returns, but for hiding the directory. *afresh*: as a new generation of it."""
        self.world = reduce(after, changes, self.world)
        wanted = cells(self.world) | {edit.key: edit.value or b"" for edit in person(_CANARY)}
        if afresh:
            self.broker.rebuild([Edit(key, value) for key, value in wanted.items()])
        else:
            gone = [Edit(key, None) for key in self._cells if key not in wanted]
            self.broker.apply(gone, [Edit(key, wanted[key]) for key in wanted if self._cells.get(key) != wanted[key]])
        self._cells = wanted

    @contextmanager
    def as_it_is(self) -> Iterator[None]:
        """Where the world is not readable, the directory is away for the time of the block, and the broker knows."""
        with nullcontext() if self.world.readable else self._hidden():
            yield

    @contextmanager
    def _hidden(self) -> Iterator[None]:
        link = self.broker.directory / "current"
        aside = link.rename(link.with_name("aside"))
        try:
            while self.broker.attempt(_CANARY).code != -1:
                pass
            yield
        finally:
            aside.rename(link)
            self.broker.await_client(_CANARY).leave()

    def enter(self, client: str) -> RawClient:
        """They must be let in."""
        raw = self.attempt(client)
        assert raw.code == 0, f"{client} was not let in: {raw.code:#x}"
        return raw

    def attempt(self, client: str) -> RawClient:
        """An ear with a session that lasts, a mouth without one; with the token of today."""
        version, lasts = version_of(client), client in EARS
        expiry = FOREVER if lasts and version == V5 else 0
        secret = self.secret(client, "right")
        return self.broker.attempt(client, secret=secret, version=version, clean=not lasts, expiry=expiry)

    def secret(self, client: str, kind: str) -> str:
        """What stands for the token; see dice.SECRETS."""
        device = self.world.devices.get(client)
        number = device.token if device else 0
        right = token(client, number)
        return {
            "right": right,
            "old": token(client, number - 1),
            "another's": token("alice:five" if client != "alice:five" else "bob:five", 0),
            "wrong": "wrong",
            "empty": "",
            "shorter": right[:-1],
            "longer": right + "x",
        }[kind]


def version_of(client: str) -> int:
    """Each device always speaks one version."""
    return V5 if client.endswith(("five", "ear5")) else V311
