"""What must not end, begin or run faster because a clock was set: a device with a date, link codes, a rate.

Refuses to know: which clocks were set, when.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from contacts.accounts import befriend, create_device, create_person
from contacts.operations import devices, users
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from xasup.chaos.accounts import newcomer, now
from xasup.chaos.cutoff import ACCEPTED, Flow
from xasup.chaos.peer import Peer
from xasup.chaos.torrent import BURST, Torrent
from xasup.client.devices import digest
from xasup.client.redeem import redeem
from xasup.protocol import topics
from xasup.protocol.connect import CODE_SECONDS, ConnectString
from xasup.protocol.errors import Refused, Unavailable
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.runtime.settings import Settings
from xasup.wire.truth import open_truth

WRONG = "ended, or let in, by a clock"
KEEPER, DRUMMER = UserId("keeper"), UserId("drummer")
_RATE, _DEPTH = 20, 40  # the drummer's messages a second, and at once
_REST = 1.0  # seconds between two of its turns: after a refusal nothing passes before half a second's is there
_SLACK = 3  # messages; the broker's clock is a coarse one
_MONTH = 30 * 86_400  # seconds


class Witness:
    """*keeper*: somebody with another device, *lasting*, that ends in a month; *drummer*: somebody with a rate.
    *wrong*: sentences; *claimed*: link codes that became devices."""

    def __init__(self, settings: Settings, keeper: Peer, lasting: Peer, drummer: Peer) -> None:
        self._settings, self._keeper, self._lasting, self._drummer = settings, keeper, lasting, drummer
        self.wrong: list[str] = []
        self.claimed = self._looks = 0
        self._code: ConnectString | None = None
        self._oldest: tuple[ConnectString, float] | None = None
        self._drummed = -math.inf, -math.inf  # from when to when, the last time
        self._door = AsyncExitStack()

    async def begin(self) -> None:
        """Before any clock is set."""
        await self._door.enter_async_context(self._lasting.coming())
        self._oldest = await self._new_code(), asyncio.get_running_loop().time()
        self._code = await self._new_code()

    async def end(self) -> None:
        """No more is asked."""
        await self._door.aclose()

    async def look(self, after: str) -> None:
        """*after* this."""
        self._looks += 1
        await self._last(after)
        await self._claim(after)
        await self._drum(after)
        self._code = await self._new_code()

    async def look_last(self) -> None:
        """Wait until the minute of the first link code is over; nobody gets in with it."""
        assert self._oldest is not None  # noqa: S101 - it has begun
        (code, made), clock = self._oldest, asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, made + CODE_SECONDS + 3 - clock()))
        try:
            await redeem(code)
        except Refused:
            return
        self.wrong.append(f"a link code was good {clock() - made:.0f} s after it was made")

    async def _new_code(self) -> ConnectString:
        device = DeviceId(f"phone{secrets.token_hex(4)}")
        code = ConnectString(
            ClientId(KEEPER, device),
            secrets.token_urlsafe(16),
            self._settings.host,
            self._settings.mqtt_port,
            code=True,
        )
        await self._keeper.ask("devices", op="link", device=device, token_sha256=digest(code.token), code=True)
        return code

    async def _last(self, after: str) -> None:
        """The device that has its month goes on as if nothing were; put out, it comes back."""
        try:
            await self._lasting.ask("contacts", op="list")
            await self._lasting.fence()
        except (Refused, Unavailable) as error:
            self.wrong.append(f"after {after}, a device that ends in a month: {error}")
            await self._door.aclose()
            with suppress(Refused, Unavailable):
                await self._door.enter_async_context(self._lasting.online())

    async def _claim(self, after: str) -> None:
        if self._code is None:
            return
        try:
            await redeem(self._code)
        except (Refused, Unavailable) as error:
            self.wrong.append(f"after {after}, a link code some seconds old: {error}")
        else:
            self.claimed += 1

    async def _drum(self, after: str) -> None:
        """More at once than may pass: neither a full measure too early, nor none. The last turn left the measure empty,
        at some time between its beginning and its end."""
        flow, clock = Flow(f"drum-{self._looks}", False, ()), asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._drummed[1] + _REST - clock()))
        begun = clock()
        most, due = (min(_DEPTH, _RATE * (begun - then)) for then in self._drummed)
        torrent = Torrent(self._drummer.connected, topics.message(KEEPER, DRUMMER), flow, _RATE)
        for _ in range(2 * _DEPTH // BURST):
            torrent.burst()
        await torrent.settle()
        self._drummed = begun, clock()
        passed, most = sum(it.fate == ACCEPTED for it in flow.sent), most + _RATE * (self._drummed[1] - begun)
        if not due - _SLACK <= passed <= most + _SLACK:
            self.wrong.append(f"after {after}, {passed} messages passed where the rate allows {due:.0f} to {most:.0f}")


@asynccontextmanager
async def witness(settings: Settings) -> AsyncIterator[Witness]:
    """Online for the time of the block."""
    keeper, lasting, drummer = (
        newcomer(settings, ClientId(user, DeviceId(name)))
        for user, name in ((KEEPER, "laptop"), (KEEPER, "lasting"), (DRUMMER, "laptop"))
    )
    begun = now()
    async with open_truth(settings.redis_url) as truth:
        for each in (keeper, drummer):
            await create_person(truth, each.client.user, begun)
            await create_device(truth, each.client, each.token, begun)
        await users.set_rate(truth, DRUMMER, _RATE, _DEPTH, now=begun)
        await befriend(truth, DRUMMER, KEEPER, begun)
        token, ends = devices.hash_of(lasting.token), begun // 1000 + _MONTH
        await perform(truth, devices.link(lasting.client, token, by=ADMIN, now=begun, expires=ends))
    one, other = Peer(keeper), Peer(drummer)
    async with one.coming(), other.coming():
        found = Witness(settings, one, Peer(lasting), other)
        await found.begin()
        try:
            yield found
        finally:
            await found.end()
