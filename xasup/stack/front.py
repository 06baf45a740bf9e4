"""The part of the backend that has to be together: Mosquitto with its plugin, and the projector that writes what the
plugin reads. One machine or one container; Redis and the other parts may be elsewhere.

Together, since the two share a memory-mapped directory, whose locks know processes by their numbers. Refuses to know:
who started it, where the other parts run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from broker import launcher
from xasup.protocol.errors import Malformed
from xasup.runtime import layout, listening
from xasup.runtime.claim import claim
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child
from xasup.stack.provision import provision
from xasup.stack.stack import MODULES, environment_of, python


@asynccontextmanager
async def front(settings: Settings) -> AsyncIterator[Mapping[str, Child]]:
    """Run it for the time of the block; the processes by name. The other parts read their tokens from
    `settings.secrets`, and the tokens of an earlier start stay: those parts may be running.

    Raises Malformed where no Redis is named, Unavailable where something is missing; leaves nothing.
    """
    if not settings.redis:
        raise Malformed("XASUP_REDIS is not set; expected the URL of a Redis, as redis://redis:6379")
    async with AsyncExitStack() as parts:
        parts.enter_context(claim(settings.data, "xasup"))
        layout.require(settings.data)
        launcher.require_ports(settings)
        await provision(settings, keep=True)
        recipe = python("projector", MODULES["projector"], settings, environment_of(settings))
        projector = await parts.enter_async_context(Child(recipe))
        mosquitto = await parts.enter_async_context(launcher.mosquitto(settings))
        parts.enter_context(listening.published(settings))
        yield {"projector": projector, "mosquitto": mosquitto}
