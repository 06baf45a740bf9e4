"""The whole backend of one machine, in the order in which its parts need each other; left in the reverse order.

Refuses to know who started it: `xasup up`, the demo, a test.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from broker import launcher
from xasup.runtime import kafka_server, layout, listening, redis_server
from xasup.runtime.claim import claim
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child, Recipe
from xasup.stack import detours as ways
from xasup.stack.detours import Detours
from xasup.stack.provision import provision

MODULES = {"projector": "broker.projector", "contacts": "contacts", "bridge": "bridge", "history": "history"}
Say = Callable[[str], None]


@asynccontextmanager
async def stack(
    settings: Settings,
    say: Say = lambda part: None,
    modules: Mapping[str, str] = MODULES,
    detours: Detours = ways.NONE,
) -> AsyncIterator[Mapping[str, Child]]:
    """Run it for the time of the block; the processes by name. *say* is told of each part that serves; *modules*:
    others than ours for some parts, and *detours*: other ways between them, for tests.

    Raises Unavailable, leaving nothing.
    """
    environment = environment_of(settings)
    children: dict[str, Child] = {}
    async with AsyncExitStack() as parts:

        async def start(name: str, recipe: Recipe) -> None:
            children[name] = await parts.enter_async_context(Child(recipe))
            say(name)

        async def start_ours(name: str) -> None:
            own = {**environment, **detours.environment.get(name, {})}
            await start(name, python(name, {**MODULES, **modules}[name], settings, own))

        parts.enter_context(claim(settings.data, "xasup"))
        layout.require(settings.data)
        launcher.require_ports(settings)
        if not settings.redis:
            await start("redis", replace(redis_of(settings), environment=detours.environment.get("redis", {})))
        await provision(settings)
        if settings.log == "kafka" and not settings.kafka:
            children.update(await parts.enter_async_context(kafka_server.kafka(settings, say, detours.kafka)))
        await start_ours("projector")
        own = detours.environment.get("mosquitto", {})
        children["mosquitto"] = await parts.enter_async_context(launcher.mosquitto(settings, environment=own))
        say("mosquitto")
        await start_ours("bridge")  # before it has subscribed, nobody but services is let in
        await start_ours("history")
        await start_ours("contacts")
        parts.enter_context(listening.published(settings))
        yield children


def redis_of(settings: Settings) -> Recipe:
    """How to run our own Redis."""
    return redis_server.recipe(settings.redis_socket, settings.logs / "redis.log", settings.redis_password)


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as the environment of a child."""
    return {
        f"XASUP_{name.upper()}": str(value) for name, value in settings.model_dump().items() if value not in ("", None)
    }


def python(name: str, module: str, settings: Settings, environment: Mapping[str, str]) -> Recipe:
    """How to run a module of ours as a child."""
    return Recipe(name, [sys.executable, "-m", module], settings.logs / f"{name}.log", environment=environment)
