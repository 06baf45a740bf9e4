"""The ways between parts that lead through a proxy: clients to broker, bridge to broker, bridge to log.

Refuses to know: what happens on them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from xasup.chaos.proxy import Open, Proxy
from xasup.protocol.errors import Unavailable
from xasup.runtime.ports import free_ports
from xasup.runtime.settings import KAFKA_USER, Settings
from xasup.stack import Detours, KafkaDetour

CLIENTS, BRIDGE, LOG = "clients to broker", "bridge to broker", "bridge to log"
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Routes:
    """*detours*: for the stack; *port*: where clients come in, at *hosts* too."""

    proxies: Mapping[str, Proxy]
    detours: Detours
    port: int


@asynccontextmanager
async def routes(
    settings: Settings, folder: Path, dice: random.Random, hosts: tuple[str, ...] = ()
) -> AsyncIterator[Routes]:
    """Open for the time of the block; what is at their ends may come later. *hosts*: addresses besides loopback at
    which clients come in."""
    clients_port, log_port, kafka_port = free_ports(3)
    clients, bridge = Proxy(_tcp(settings.mqtt_port), dice), Proxy(_unix(settings.broker_socket), dice)
    own = folder / "mosquitto.proxy"
    environment = {"XASUP_MQTT_SOCKET": str(own)}
    async with AsyncExitStack() as doors:
        for host in (_HOST, *hosts):
            await doors.enter_async_context(clients.listening(host, clients_port))
        await doors.enter_async_context(bridge.listening_at(str(own)))
        if settings.log == "kafka":
            log = Proxy(_tcp(kafka_port), dice, mqtt=False)
            await doors.enter_async_context(log.listening(_HOST, log_port))
            environment["XASUP_KAFKA"] = f"{_HOST}:{log_port}?security.protocol=sasl_plaintext"
            environment["XASUP_KAFKA_USER"] = KAFKA_USER
            environment["XASUP_KAFKA_PASSWORD_FILE"] = str(settings.kafka_password)
            kafka = KafkaDetour(listens=kafka_port, told=log_port)
        else:
            socket, kafka = folder / "redis.proxy", None
            log = Proxy(_unix(settings.redis_socket), dice, mqtt=False)
            await doors.enter_async_context(log.listening_at(str(socket)))
            environment["XASUP_REDIS"] = settings.redis_url.replace(
                quote(str(settings.redis_socket)), quote(str(socket))
            )
        proxies = {CLIENTS: clients, BRIDGE: bridge, LOG: log}
        yield Routes(proxies, Detours({"bridge": environment}, kafka), clients_port)


def _tcp(port: int) -> Open:
    return lambda: asyncio.open_connection(_HOST, port)


def _unix(path: Path | None) -> Open:
    if path is None:
        raise Unavailable("the folder's name is too long for a Unix socket; choose a shorter one")
    return lambda: asyncio.open_unix_connection(path)
