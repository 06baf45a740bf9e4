"""The whole backend of one machine, in the order in which its parts need each other; left in the reverse order.

Refuses to know who started it: `xasup up`, the demo, a test.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from broker.launcher import mosquitto, require_ports
from contacts.accounts import ensure_service
from xasup.protocol.ids import SERVICES, UserId, service_account
from xasup.runtime import listening, redis_server
from xasup.runtime.claim import claim
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child, Recipe
from xasup.wire.truth import open_truth

ACCOUNTS = ("contacts", "groups", "devices", "canary")  # of SERVICES, those that connect today
assert set(ACCOUNTS) <= set(SERVICES)  # noqa: S101 - a name spelled wrong here must not start

Say = Callable[[str], None]


@asynccontextmanager
async def stack(settings: Settings, say: Say = lambda part: None) -> AsyncIterator[None]:
    """Run it for the time of the block. *say* is told of each part that serves. Raises Unavailable, leaving nothing."""
    environment = environment_of(settings)
    async with AsyncExitStack() as parts:
        parts.enter_context(claim(settings.data, "xasup"))
        require_ports(settings)
        if not settings.redis:
            await parts.enter_async_context(
                Child(redis_server.recipe(settings.redis_socket, settings.logs / "redis.log"))
            )
            say("redis")
        await provision(settings)
        await parts.enter_async_context(Child(python("projector", "broker.projector", settings, environment)))
        say("projector")
        await parts.enter_async_context(mosquitto(settings))
        say("mosquitto")
        await parts.enter_async_context(Child(python("contacts", "contacts", settings, environment)))
        say("contacts")
        parts.enter_context(listening.published(settings))
        yield


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as the environment of a child."""
    return {f"XASUP_{name.upper()}": str(value) for name, value in settings.model_dump().items() if value != ""}


async def provision(settings: Settings) -> None:
    """Give each service account a new token: its hash into the truth, itself into a file of its owner's."""
    settings.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with open_truth(settings.redis_url) as truth:
        for service in ACCOUNTS:
            account, token = service_account(service), secrets.token_urlsafe(32)
            await ensure_service(truth, UserId(account), settings.node, token, int(time.time() * 1000))
            write_secret(settings.secrets / account, token)


def write_secret(path: Path, text: str) -> None:
    """A file that its owner alone may read, replaced in one step."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - needs the mode
        file.write(text)
    draft.replace(path)


def python(name: str, module: str, settings: Settings, environment: dict[str, str]) -> Recipe:
    """How to run a module of ours as a child."""
    return Recipe(name, [sys.executable, "-m", module], settings.logs / f"{name}.log", environment=environment)
