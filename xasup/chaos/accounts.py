"""Accounts of a run: how they are made, and when the broker's directory has them.

Refuses to know: what they are for.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from itertools import islice
from typing import TypeVar

from contacts.accounts import create_device
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId
from xasup.runtime.settings import Settings
from xasup.wire.mqtt import Address
from xasup.wire.truth.port import Truth, position_key

_AT_ONCE = 50
_WITHIN = 60.0  # seconds
_Thing = TypeVar("_Thing")
_Made = TypeVar("_Made")


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


async def linked(truth: Truth, client: ClientId) -> str:
    """The token of a new device. Raises Refused where the user is unknown."""
    token = secrets.token_urlsafe(32)
    await create_device(truth, client, token, now())
    return token


def newcomer(settings: Settings, client: ClientId) -> ConnectString:
    """With a token that nobody has yet."""
    return ConnectString(client, secrets.token_urlsafe(32), settings.host, settings.mqtt_port)


async def each(things: Iterable[_Thing], make: Callable[[_Thing], Awaitable[_Made]]) -> AsyncIterator[_Made]:
    """*make* of all, in order, some tens at a time: the truth takes them together."""
    left = iter(things)
    while some := list(islice(left, _AT_ONCE)):
        for made in await asyncio.gather(*map(make, some)):
            yield made


async def enforced(truth: Truth, settings: Settings) -> None:
    """Wait until the broker's directory has what the truth has now. Raises Unavailable."""
    wanted = position_key(await truth.last_position())
    try:
        async with asyncio.timeout(_WITHIN):
            async for applied in truth.watch_applied(settings.node):
                if position_key(applied) >= wanted:
                    return
    except TimeoutError:
        raise Unavailable(f"the directory does not follow within {_WITHIN:g} s") from None


def address(settings: Settings, client: ClientId, token: str) -> Address:
    """How *client* gets in."""
    return Address("127.0.0.1", settings.mqtt_port, str(client), client.user, token)
