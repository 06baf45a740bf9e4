"""A real Mosquitto with the plugin, a real log, and bridges between them as processes of their own.

`house.bridge().start()`, `alice = house.person("alice")`, `alice.send("bob", 3)`, `await house.messages(3)`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from bridge.presence import STANDBY, VOICE
from tests.support.broker import TestBroker, device, person, token
from tests.support.log import PATIENCE
from tests.support.process import Process
from tests.support.raw_mqtt import Out, RawClient
from xasup import stack
from xasup.protocol import codec, envelope, topics
from xasup.protocol.directory import DeviceRecord, Edit, Flag, UserRecord, set_contact, set_device, set_user
from xasup.protocol.envelope import Message
from xasup.protocol.ids import ClientId, MessageId, UserId
from xasup.protocol.streams import Stream
from xasup.runtime import parts
from xasup.runtime.supervise import Recipe
from xasup.wire.log import open_log
from xasup.wire.log.port import Entry, Log

TOKEN = "token of the bridge"
ACCOUNT = UserId("svc-bridge")
_STOP, _KILL = signal.SIGTERM, signal.SIGKILL


class Bridge(Process):
    """One process. *data*: of its own, so that several can be told apart."""

    def __init__(self, recipe: Recipe, data: Path) -> None:
        super().__init__(recipe)
        self._data = data

    @property
    def secret(self) -> Path:
        """The file with its token."""
        return self._data / "secrets" / ACCOUNT

    def page(self, name: str = "health") -> str:
        """What it tells on loopback."""
        note = json.loads((self._data / "run" / "bridge.json").read_text())
        with urllib.request.urlopen(f"http://{parts.HOST}:{note['port']}/{name}", timeout=5) as page:
            return str(page.read().decode())

    async def becomes(self, state: str) -> dict[str, Any]:
        """What its page says, once the state is this."""
        async with asyncio.timeout(PATIENCE):
            while (facts := self.look()).get("state") != state:
                await asyncio.sleep(0.02)  # no event tells of another process's state
        return facts

    async def counted(self, name: str, least: int) -> dict[str, Any]:
        """The same, once it has counted so many of *name*, as in `received`, `acknowledged`, `pending`."""
        async with asyncio.timeout(PATIENCE):
            while (facts := self.look()).get(name, -1) < least:
                await asyncio.sleep(0.02)  # no event tells of another process's counts
        return facts

    def look(self) -> dict[str, Any]:
        """What its page says now; nothing while there is none."""
        try:
            return dict(json.loads(self.page()))
        except urllib.error.HTTPError as error:  # 503 has the same body
            return dict(json.loads(error.read()))
        except (OSError, ValueError):
            return {}


@dataclass
class Sender:
    """A user with one device, connected; what comes is acknowledged."""

    user: UserId
    client: RawClient
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _sent: list[Out] = field(default_factory=list)
    _mail: list[dict[str, Any]] = field(default_factory=list)

    def message(self, to: str, id: str = "", text: str = "hello") -> Out:
        number = next(self._numbers)
        body = envelope.encode(Message(MessageId(id or f"{self.user}-{number}"), number, text, number))
        return Out(topics.message(UserId(to), self.user), body)

    def send(self, to: str, count: int = 1, text: str = "hello") -> list[str]:
        """Messages that the broker has taken; their ids."""
        made = [self.message(to, text=text) for _ in range(count)]
        self._sent += made
        assert set(self.client.publish_all(made)) <= {0, 0x10}
        return [json.loads(out.payload)["id"] for out in made]

    def offer_again(self) -> None:
        """All that was sent, as an engine does with what it does not know to be stored."""
        self.client.publish_all(self._sent)

    def event(self, name: str) -> dict[str, Any]:
        """The next of the bridge's events of this name."""
        while True:
            for event in self._mail:
                if event["event"] == name:
                    self._mail.remove(event)
                    return event
            got = self.client.await_message()
            if "/event/bridge" in got.topic:
                self._mail.append(json.loads(got.payload))

    def stored_up_to(self, id: str) -> None:
        """Return when this message is stored."""
        while id not in self.event("stored")["ids"]:
            pass

    def stored(self, count: int) -> dict[str, str]:
        """Position by id, of so many messages."""
        found: dict[str, str] = {}
        while len(found) < count:
            event = self.event("stored")
            found |= dict(zip(event["ids"], event["positions"], strict=True))
        return found


class House:
    """*log*: what the settings say of it."""

    def __init__(self, folder: Path, broker: TestBroker, redis: str, **log: Any) -> None:
        self.folder, self.broker, self._redis, self._log = folder, broker, redis, log
        self._bridges: list[Bridge] = []
        self._people: dict[str, Sender] = {}
        record = DeviceRecord(sha256(TOKEN.encode()).digest())
        devices = [ClientId.parse(f"{ACCOUNT}:local{suffix}") for suffix in ("", STANDBY, VOICE)]
        broker.apply(set_user(ACCOUNT, UserRecord(Flag.SERVICE)), [set_device(device, record) for device in devices])

    @property
    def log_url(self) -> str:
        return self.broker.settings.model_copy(update={"redis": self._redis, **self._log}).log_url

    def bridge(self, name: str = "one", module: str = "bridge", **more: Any) -> Bridge:
        """Not started yet. *module*: one with a broken habit, for its checks to notice."""
        data = self.folder / name
        settings = self.broker.settings.model_copy(
            update={"data": data, "redis": self._redis, **self._log, "log_level": "info", **more}
        )
        settings.secrets.mkdir(parents=True, exist_ok=True)
        stack.write_secret(settings.secrets / ACCOUNT, TOKEN)
        recipe = stack.python(name, module, settings, stack.environment_of(settings))
        self._bridges.append(Bridge(recipe, data))
        return self._bridges[-1]

    def records(self, client: str) -> list[tuple[ClientId, DeviceRecord]]:
        """A device as the directory has it."""
        return [(ClientId.parse(client), DeviceRecord(sha256(token(client).encode()).digest()))]

    def device(self, client: str) -> Edit:
        """Links it, with its derived token."""
        return device(client)

    def person(self, name: str) -> Sender:
        """Connected; everybody accepts everybody."""
        client = f"{name}:phone"
        others = [set_contact(UserId(one), UserId(two), True) for it in self._people for one, two in _both(it, name)]
        self.broker.apply(person(client), others)
        raw = self.broker.client(client)
        raw.subscribe(topics.event(UserId(name), "bridge").rpartition("/event")[0] + "/#")
        self._people[name] = Sender(UserId(name), raw)
        return self._people[name]

    async def entries(self, count: int, stream: str = Stream.MESSAGES) -> list[Entry]:
        """The first *count* entries and what there is behind them."""
        async with open_log(self.log_url) as log, log.reader([stream], {}) as reader:
            found: list[Entry] = []
            async with asyncio.timeout(PATIENCE):
                while len(found) < count:
                    found += await reader.read(1000, 1.0)
            return found + await rest(log, stream, found, reader)

    def stop(self) -> None:
        for bridge in self._bridges:
            bridge.stop(_KILL)


async def rest(log: Log, stream: str, found: Sequence[Entry], reader: Any) -> list[Entry]:
    """What the log holds beyond *found* now."""
    held = sum(extent.records for extent in (await log.extent(stream)).values())
    more: list[Entry] = []
    while len(found) + len(more) < held:
        more += await reader.read(1000, 1.0)
    return more


def ids(entries: Sequence[Entry]) -> list[str]:
    """Of messages, in order."""
    return [codec.decode_object(entry.value)["id"] for entry in entries]


def _both(one: str, two: str) -> list[tuple[str, str]]:
    return [(one, two), (two, one)]


@contextmanager
def house(folder: Path, redis: str, **log: Any) -> Iterator[House]:
    """With its broker; all ends at the end."""
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    with TestBroker(folder / "broker") as broker:
        built = House(folder, broker, redis, **log)
        try:
            yield built
        finally:
            built.stop()
