"""A backend of its own and four people: two who write to each other, one who was put out, one who was never let in.

Refuses to know: what is damaged, what is made of it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contacts.accounts import befriend, create_device, create_person
from xasup.chaos.accounts import newcomer, now
from xasup.chaos.act import Say
from xasup.chaos.storage.person import Person, present
from xasup.chaos.storage.texts import Ledger, OnScreen, judge
from xasup.client import ContactChanged
from xasup.protocol.connect import ConnectString
from xasup.protocol.contacts import Told
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child
from xasup.stack import stack
from xasup.wire.truth import open_truth

ALICE, BOB, CAROL, MALLORY = "alice", "bob", "carol", "mallory"
DEVICES = ("alice:laptop", "bob:laptop", "bob:probe", "carol:laptop", "mallory:laptop")
SOON = 40.0  # seconds for what takes moments on a machine that does nothing else


@dataclass
class House:
    """*people*: by user, those who are here; *accounts*: by device."""

    settings: Settings
    folder: Path
    parts: Mapping[str, Child]
    ledger: Ledger = field(default_factory=Ledger)
    people: dict[str, Person] = field(default_factory=dict)
    accounts: dict[str, ConnectString] = field(default_factory=dict)
    _stays: dict[str, AsyncExitStack] = field(default_factory=dict)
    _count: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def file(self, user: str) -> Path:
        """Of the device `laptop` of *user*."""
        return self.folder / f"{user}.sqlite"

    async def come(self, user: str) -> Person:
        """Raises Unavailable where the file cannot be opened."""
        stay = AsyncExitStack()
        try:
            account = self.accounts[f"{user}:laptop"]
            self.people[user] = await stay.enter_async_context(
                present(account, self.file(user), self.ledger, self._news)
            )
        except BaseException:
            await stay.aclose()
            raise
        self._stays[user] = stay
        return self.people[user]

    async def go(self, user: str) -> None:
        """Its file is closed."""
        del self.people[user]
        await self._stays.pop(user).aclose()

    async def leave(self) -> None:
        """All of them."""
        for user in list(self._stays):
            await self.go(user)

    async def write(self, sender: str, to: str, count: int = 1) -> list[str]:
        """*count* messages; ids of those that may be read."""
        allowed = {sender, to} == {ALICE, BOB}
        self._count += count
        texts = [f"{sender} tells {to} secret {self._count - index}" for index in range(count)]
        return [await self.people[sender].write(to, text, allowed=allowed) for text in texts]

    async def talk(self) -> None:
        """Everybody writes; those who may are heard. What is missing then, judge() names."""
        ids = [*await self.write(ALICE, BOB, 2), *await self.write(BOB, ALICE, 2)]
        for stranger in {CAROL, MALLORY} & self.people.keys():
            await self.write(stranger, BOB)
        await asyncio.gather(*(self.people[user].until_stored(ids, SOON) for user in (ALICE, BOB)))
        await asyncio.gather(
            *(self.people[user].until_shown(self.ledger.stored & set(ids), SOON) for user in (ALICE, BOB))
        )

    async def judge(self) -> dict[str, list[str]]:
        """What the screens of both show, and that of a device of bob's which begins with nothing."""
        screens: dict[str, list[OnScreen]] = {}
        file = self.folder / f"probe-{secrets.token_hex(4)}.sqlite"
        async with present(self.accounts["bob:probe"], file, self.ledger, self._news) as probe:
            for name, person in ((ALICE, self.people[ALICE]), (BOB, self.people[BOB]), ("bob probe", probe)):
                await person.until_shown(set(self.ledger.stored), SOON)
                screens[name] = await person.screen()
        for path in self.folder.glob(f"{file.name}*"):
            path.unlink()
        return judge(self.ledger, screens)


@asynccontextmanager
async def house(settings: Settings, folder: Path, say: Say) -> AsyncIterator[House]:
    """Everybody is here, and has spoken once. Raises Unavailable."""
    async with stack(settings, say) as parts:
        home = House(settings, folder, parts)
        await _engage(home)
        try:
            for user in (ALICE, BOB):
                await home.come(user)
            await home.talk()
            await _put_out(home)
            for user in (CAROL, MALLORY):
                await home.come(user)
            yield home
        finally:
            await home.leave()


async def _engage(home: House) -> None:
    async with open_truth(home.settings.redis_url) as truth:
        for user in (ALICE, BOB, CAROL, MALLORY):
            await create_person(truth, UserId(user), now())
        for name in DEVICES:
            user, device = name.split(":")
            account = home.accounts[name] = newcomer(home.settings, ClientId(UserId(user), DeviceId(device)))
            await create_device(truth, account.client, account.token, now())
        await befriend(truth, UserId(ALICE), UserId(BOB), now())
        await befriend(truth, UserId(CAROL), UserId(BOB), now())


async def _put_out(home: House) -> None:
    """Bob has been carol's contact. From now on he is not."""
    bob = home.people[BOB]
    events = bob.client.events()
    await bob.client.revoke(CAROL)
    try:
        async with asyncio.timeout(SOON):
            async for event in events:
                if isinstance(event, ContactChanged) and event.contact.user == CAROL and _closed(event):
                    return
    except TimeoutError:
        raise Unavailable("a revocation was not answered") from None


def _closed(event: ContactChanged) -> bool:
    return event.contact.theirs is not Told.ACCEPTED
