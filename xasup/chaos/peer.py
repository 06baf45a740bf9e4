"""Somebody on a bare connection, without an engine: writes as fast as it likes, notes what reaches it, asks services.

Refuses to know: what is proved by it, why a service is asked.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from xasup.client.place import address_of
from xasup.protocol import codec, events, topics
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Code, Refused, Unavailable
from xasup.protocol.ids import GroupId
from xasup.protocol.topics import Kind
from xasup.wire.mqtt import Incoming, Subscription, Wire, connect

PATIENCE = 30.0  # seconds for an answer, or for a connection
AGAIN = 0.2  # seconds until a service that could not decide is asked again, with the same id
_SESSION = 3600  # seconds for which the broker keeps what comes meanwhile


class Peer:
    """*heard*: the texts of all messages so far, those of earlier connections too; *wire*: None while away."""

    def __init__(self, account: ConnectString, groups: Sequence[GroupId] = ()) -> None:
        self.user = account.client.user
        self.heard: set[str] = set()
        self.wire: Wire | None = None
        self._address = address_of(account)
        self._filters = [topics.mailbox(self.user), *map(topics.group_mailbox, groups)]
        self._waiting: dict[str, asyncio.Future[float]] = {}
        self._news = asyncio.Condition()

    @asynccontextmanager
    async def online(self) -> AsyncIterator[Wire]:
        """For the time of the block; the broker keeps the session afterwards. Raises Unavailable, Refused."""
        async with connect(self._address, session_expiry=_SESSION) as wire:
            self.wire = wire
            reading = asyncio.create_task(self._read(wire), name=f"mail of {self.user}")
            try:
                await self.fence()
                yield wire
            finally:
                self.wire = None
                reading.cancel()
                await asyncio.wait([reading])

    @asynccontextmanager
    async def coming(self) -> AsyncIterator[Wire]:
        """The same for who may be early: the broker lets people in when the bridge has come, and knows them when its
        directory does."""
        until = asyncio.get_running_loop().time() + PATIENCE
        async with AsyncExitStack() as door:
            while True:
                try:
                    wire = await door.enter_async_context(self.online())
                    break
                except (Unavailable, Refused):
                    if asyncio.get_running_loop().time() > until:
                        raise
                    await asyncio.sleep(0.05)
            yield wire

    async def fence(self) -> None:
        """Subscribe, once more perhaps: what the broker had sent before it says yes has arrived. Raises Refused."""
        for refusal in await self.connected.subscribe([Subscription(filter) for filter in self._filters]):
            if refusal is not None:
                raise refusal

    async def ask(self, service: str, **fields: Any) -> float:
        """The time, by the loop's clock, at which the answer was read. Raises Refused; Unavailable where none comes."""
        id = secrets.token_hex(8)  # of a user with several devices too
        payload, answer = codec.encode({"id": id, **fields}), asyncio.get_running_loop().create_future()
        self._waiting[id] = answer
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self.connected.publish_with(topics.request(service, self.user), payload, _ignore)
                    try:
                        return await asyncio.shield(answer)
                    except Unavailable:
                        self._waiting[id] = answer = asyncio.get_running_loop().create_future()
                        await asyncio.sleep(AGAIN)
        except TimeoutError:
            raise Unavailable(f"{service} has not answered {fields} for {PATIENCE:g} s") from None
        finally:
            del self._waiting[id]

    async def hears(self, texts: set[str], within: float) -> bool:
        """Wait until all of *texts* are among what was heard; False where they are not, *within* seconds."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: texts <= self.heard)
        except TimeoutError:
            return False
        return True

    @property
    def connected(self) -> Wire:
        """The connection. Raises Unavailable while away."""
        if self.wire is None or not self.wire.alive:
            raise Unavailable(f"{self.user} is not connected")
        return self.wire

    async def _read(self, wire: Wire) -> None:
        try:
            async for batch in wire.batches():
                for message in batch:
                    self._take(message)
                wire.ack(batch)
                async with self._news:
                    self._news.notify_all()
        except Unavailable as error:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(error)

    def _take(self, message: Incoming) -> None:
        match topics.parse(message.topic).kind:
            case Kind.MESSAGE:
                self.heard.add(message.payload.decode())
            case Kind.EVENT:
                self._told(codec.decode_object(message.payload))

    def _told(self, event: dict[str, Any]) -> None:
        answer = self._waiting.get(str(event.get("id")))
        if event.get("event") != events.ANSWER or answer is None or answer.done():
            return
        if event["ok"]:
            answer.set_result(asyncio.get_running_loop().time())
        elif event["code"] == Code.UNAVAILABLE:
            answer.set_exception(Unavailable(event["reason"]))
        else:
            answer.set_exception(Refused(event["reason"]))


def _ignore(error: object) -> None:
    """An answer says more than an acknowledgement."""
