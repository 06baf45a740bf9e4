"""The truth: users, devices, contacts and groups, and the stream of their changes. A port, Redis, a memory twin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xasup.protocol.errors import Unavailable
from xasup.wire.truth.port import Truth


@asynccontextmanager
async def open_truth(url: str) -> AsyncIterator[Truth]:
    """The truth at *url* (`unix:///…/redis.sock`, `redis://…`, `rediss://…`); it connects when first asked.

    Raises Unavailable where the library for it is not installed: a desk with only the client does not have it.
    """
    try:
        from xasup.wire.truth.redis import RedisTruth
    except ImportError as error:
        raise Unavailable(f"{error.name} is not installed; `pip install 'xasup[contacts]'` brings it") from None
    async with RedisTruth(url) as truth:
        yield truth
