"""The whole backend of one machine, in the order in which its parts need each other; left in the reverse order.

Refuses to know who started it: `xasup up`, the demo, a test.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from broker import launcher
from xasup.runtime import kafka_server, listening, redis_server
from xasup.runtime.claim import claim
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child, Recipe
from xasup.stack.provision import provision

MODULES = {"projector": "broker.projector", "contacts": "contacts", "bridge": "bridge", "history": "history"}
Say = Callable[[str], None]


@asynccontextmanager
async def stack(
    settings: Settings, say: Say = lambda part: None, modules: Mapping[str, str] = MODULES
) -> AsyncIterator[Mapping[str, Child]]:
    """Run it for the time of the block; the processes by name. *say* is told of each part that serves; *modules*:
    others than ours for some parts, for tests.

    Raises Unavailable, leaving nothing.
    """
    environment = environment_of(settings)
    children: dict[str, Child] = {}
    async with AsyncExitStack() as parts:

        async def start(name: str, recipe: Recipe) -> None:
            children[name] = await parts.enter_async_context(Child(recipe))
            say(name)

        async def start_ours(name: str) -> None:
            await start(name, python(name, {**MODULES, **modules}[name], settings, environment))

        parts.enter_context(claim(settings.data, "xasup"))
        launcher.require_ports(settings)
        if not settings.redis:
            await start("redis", redis_server.recipe(settings.redis_socket, settings.logs / "redis.log"))
        await provision(settings)
        if settings.log == "kafka" and not settings.kafka:
            children.update(await parts.enter_async_context(kafka_server.kafka(settings, say)))
        await start_ours("projector")
        children["mosquitto"] = await parts.enter_async_context(launcher.mosquitto(settings))
        say("mosquitto")
        await start_ours("bridge")  # before it has subscribed, nobody but services is let in
        await start_ours("history")
        await start_ours("contacts")
        parts.enter_context(listening.published(settings))
        yield children


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as the environment of a child."""
    return {f"XASUP_{name.upper()}": str(value) for name, value in settings.model_dump().items() if value != ""}


def python(name: str, module: str, settings: Settings, environment: Mapping[str, str]) -> Recipe:
    """How to run a module of ours as a child."""
    return Recipe(name, [sys.executable, "-m", module], settings.logs / f"{name}.log", environment=environment)
