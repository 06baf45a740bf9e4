"""A link code becomes a device: connect with the code, claim the device with a token made here, and have that token.

No token travels; the code opens nothing any more afterwards. Refuses to know: where the account is kept, screens.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from xasup.client import backoff
from xasup.client.devices import digest
from xasup.client.notes import Answer, read
from xasup.client.place import address_of
from xasup.client.sorting import Note
from xasup.client.world import World
from xasup.protocol import codec, topics
from xasup.protocol.connect import CODE_SECONDS, ConnectString
from xasup.protocol.errors import Code, Malformed, Refused, Unavailable
from xasup.protocol.ids import uuid7
from xasup.wire.mqtt import Subscription, Wire, connect

SERVICE = "devices"
PATIENCE = 10.0  # seconds for an answer
_USELESS = (
    f"this link code was refused: it was used already, is older than {CODE_SECONDS} s, or is not complete; "
    "make a new one on a device that is linked (Link a device)"
)


async def redeem(code: ConnectString, ca_file: Path | None = None, *, world: World | None = None) -> ConnectString:
    """The account for which *code* was good; keep it at once, for it is nowhere else.

    Where the connection is lost before the answer came, it finds out by its new token whether the claim was heard, and
    else claims again, until the code is over. Raises Malformed (it is no link code), Refused (the code is used, over or
    wrong: a new one is needed), Unavailable (the broker or the service is away; the code may still be good).
    """
    if not code.code:
        raise Malformed("this is no link code: it holds a token already, and can be used as it is")
    world = world or World()
    claim = _Claim(code, world.token(), str(uuid7(world.now_ms(), world.bits())), ca_file)
    until, attempt = world.monotonic() + CODE_SECONDS, 0
    while True:
        try:
            await claim.attempt()
        except Unavailable:
            if not claim.entered or world.monotonic() > until:
                raise
        else:
            return claim.account
        await asyncio.sleep(backoff.reconnect(attempt, world.jitter()))
        attempt += 1


class _Claim:
    """One request, which may go out more than once. `entered`: the code was good, and the claim may have been
    heard."""

    def __init__(self, code: ConnectString, token: str, id: str, ca_file: Path | None) -> None:
        self.account = replace(code, token=token, code=False)
        self.entered = False
        self._code, self._id, self._ca_file = code, id, ca_file

    async def attempt(self) -> None:
        """It is heard when this returns. Raises Refused, Unavailable."""
        try:
            await self._make()
        except Refused:
            if not await self._was_heard():
                raise Refused(_USELESS, Code.NO_CODE) from None
        except Unavailable:
            if not await self._was_heard():
                raise

    async def _make(self) -> None:
        async with connect(address_of(self._code, self._ca_file)) as wire:
            self.entered, me = True, self._code.client.user
            for refusal in await wire.subscribe([Subscription(topics.mailbox(me))]):
                if refusal is not None:
                    raise refusal
            await wire.publish(topics.request(SERVICE, me), self._request())
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._answer(wire)
            except TimeoutError:
                raise Unavailable(f"{SERVICE}: no answer to the claim within {PATIENCE:g} s") from None

    async def _was_heard(self) -> bool:
        """Whether the broker knows the new token."""
        if not self.entered:
            return False
        try:
            async with connect(address_of(self.account, self._ca_file)):
                return True
        except Refused:
            return False

    def _request(self) -> bytes:
        hashes = {"code_sha256": digest(self._code.token), "token_sha256": digest(self.account.token)}
        return codec.encode({"id": self._id, "op": "claim", "device": self._code.client.device, **hashes})

    async def _answer(self, wire: Wire) -> None:
        """Nothing that arrives is acknowledged: this session ends with the connection, and history has it all."""
        mine = topics.event(self._code.client.user, SERVICE)
        async for batch in wire.batches():
            for message in batch:
                if message.topic != mine:
                    continue
                said = read(Note(SERVICE, codec.decode_object(message.payload)))
                if isinstance(said, Answer) and said.id == self._id:
                    if said.error is not None:
                        raise said.error
                    return
