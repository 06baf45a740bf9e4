"""The whole backend on free ports in a temporary folder, and people with devices who speak to it.

Real processes: Redis, the projector, Mosquitto with the plugin, the bridge, the contacts service.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from broker import launcher
from contacts.operations import devices, users
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from tests.support.people import PATIENCE, Account, Person, people, person
from tests.support.ports import free_port
from tests.support.process import Process, now_ms
from xasup import stack
from xasup.protocol.contacts import Policy
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.runtime.settings import PLUGIN, Settings
from xasup.wire import private
from xasup.wire.mqtt import Address
from xasup.wire.truth import open_truth
from xasup.wire.truth.port import Truth, position_key

__all__ = ["Account", "Backend", "Person", "people", "person", "running_backend"]


class Backend:
    """The processes, each to be stopped, killed, frozen and started at will."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.environment = stack.environment_of(settings)
        self.redis = Process(stack.redis_of(settings))
        self.projector = Process(stack.python("projector", "broker.projector", settings, self.environment))
        self.mosquitto = Process(launcher.recipe(settings, datetime.now(UTC)))
        self.bridge = Process(stack.python("bridge", "bridge", settings, self.environment))
        self.history = Process(stack.python("history", "history", settings, self.environment))
        self.contacts = Process(stack.python("contacts", "contacts", settings, self.environment))
        self._names = count(1)

    def start(self) -> None:
        self.redis.start()
        asyncio.run(stack.provision(self.settings))
        for process in self._all()[1:]:
            process.start()

    def stop(self) -> None:
        for process in reversed(self._all()):
            process.stop()

    def _all(self) -> tuple[Process, ...]:
        return self.redis, self.projector, self.mosquitto, self.bridge, self.history, self.contacts

    def heal(self) -> None:
        """All of them run again, after a test that stopped or froze some."""
        for process in self._all():
            process.heal()

    def name(self, name: str) -> str:
        """An id that no other test uses."""
        return f"{name}-{next(self._names)}"

    @asynccontextmanager
    async def truth(self) -> AsyncIterator[Truth]:
        async with open_truth(self.settings.redis_url) as truth:
            yield truth

    async def user(self, name: str, policy: Policy = Policy.ASK) -> Account:
        """A new user with a name of its own, and a device `phone` that the broker knows."""
        user = UserId(self.name(name))
        async with self.truth() as truth:
            await users.create(truth, user, now=now_ms(), policy=policy)
        return await self.device(user)

    async def users(self, *names: str) -> list[Account]:
        return list(await asyncio.gather(*(self.user(name) for name in names)))

    async def device(self, user: UserId, device: str = "phone", expires: int = 0) -> Account:
        """One more device."""
        client, token = ClientId(user, DeviceId(device)), devices.token(secrets.token_bytes(32))
        async with self.truth() as truth:
            linked = devices.link(client, devices.hash_of(token), by=ADMIN, now=now_ms(), expires=expires)
            await self.enforced(truth, (await perform(truth, linked)).position)
        settings = self.settings
        return Account(client, token, Address("127.0.0.1", settings.mqtt_port, str(client), user, token))

    async def enforced(self, truth: Truth, position: str) -> None:
        """Wait until the broker's directory has the change at *position*."""
        async with asyncio.timeout(PATIENCE):
            async for applied in truth.watch_applied(self.settings.node):
                if position_key(applied) >= position_key(position):
                    return

    async def friends(self, one: Person, two: Person) -> None:
        """Each accepts the other."""
        await one.ask("contacts", op="ask", user=two.user)
        await two.ask("contacts", op="accept", user=one.user)


@contextmanager
def running_backend(keys: Iterable[Path] = (), **more: Any) -> Iterator[Backend]:
    """On free ports, stopped and removed at the end. *more*: settings, as of a running Kafka; *keys*: its password."""
    missing = [name for name in ("redis-server", "mosquitto") if shutil.which(name, path=_PATH) is None]
    if missing:
        _skip(f"no {' and no '.join(missing)}; install with `apt-get install {' '.join(missing)}`")
    if not PLUGIN.exists():
        _skip("no broker plugin; build it with `make plugin`")
    with tempfile.TemporaryDirectory(prefix="xasup-") as folder:
        settings = Settings(data=Path(folder), mqtt_port=free_port(), ws_port=free_port(), **more)
        private.secret_folder(settings.secrets)
        for key in keys:
            private.write(settings.secrets / key.name, key.read_text())
        backend = Backend(settings)
        try:
            backend.start()
            yield backend
        finally:
            backend.stop()


def _skip(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


_PATH = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin"
