"""Mosquitto as a supervised child: its command line, its configuration, and how to see that it really serves.

Serving means: a canary message went in and came out through the plugin. Refuses to know who restarts it and when.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import resource
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from broker import config, own_certificate, tls
from broker.renewal import Renewal
from broker.sessions import Sessions
from xasup.protocol import topics
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.ids import service_account
from xasup.runtime import ports
from xasup.runtime.service_address import service_address
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child, Recipe
from xasup.wire import private
from xasup.wire.mqtt import Subscription, connect

CANARY = "canary"
_WITHIN = 15.0  # seconds until it must serve
_PAUSE = 0.05  # seconds between two looks
_ANSWER = 2.0  # seconds for the canary
_STOP_WITHIN = 30.0  # seconds for saving its sessions
_FILES = 1 << 20  # connections that the kernel shall allow, where it does


@asynccontextmanager
async def mosquitto(
    settings: Settings, *, mirrored: bool = True, environment: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Child]:
    """Run it for the time of the block. *mirrored*: as in config.text(); *environment*: more of its own. Raises
    Unavailable with a sentence that names what is missing or taken."""
    require_ports(settings)
    made = recipe(settings, _now(), mirrored=mirrored)
    async with Child(replace(made, environment=environment)) as child, _renewing(child, settings):
        yield child


@asynccontextmanager
async def _renewing(child: Child, settings: Settings) -> AsyncIterator[None]:
    if not settings.tls:
        yield
        return
    renewal = Renewal(child, lambda now: _certificate(settings, now), _certificate(settings, _now()))
    keeping = asyncio.create_task(renewal.keep(_now), name="renewal of the certificate")
    try:
        yield
    finally:
        keeping.cancel()


def _now() -> datetime:
    return datetime.now(UTC)


def require_ports(settings: Settings) -> None:
    """Raises Unavailable naming the port that is taken, who has it, and the option to choose another."""
    if not settings.tls_only:
        ports.require_free(settings.mqtt_port, "--mqtt-port")
        ports.require_free(settings.ws_port, "--ws-port")
    if settings.tls:
        ports.require_free(settings.mqtts_port, "--mqtts-port")
        ports.require_free(settings.wss_port, "--wss-port")


def recipe(settings: Settings, now: datetime, *, mirrored: bool = True) -> Recipe:
    """How to run it; writes its configuration and, for TLS, its certificate. Raises Unavailable; Malformed (host,
    a certificate of one's own)."""
    if not settings.plugin.is_file():
        raise Unavailable(f"the broker's plugin {settings.plugin} is missing; `make setup` builds it")
    program = find_program()
    if program is None:
        raise Unavailable("mosquitto is not installed; `make setup` installs what is missing")
    certificate = _certificate(settings, now) if settings.tls else None
    written = config.text(
        settings,
        user=pwd.getpwuid(os.geteuid()).pw_name,
        certificate=certificate,
        mirrored=mirrored,
        memory=_memory_of_the_machine() // 2,
    )
    path = settings.mosquitto / "mosquitto.conf"
    private.write(path, written)
    return Recipe(
        "mosquitto",
        [*_with_many_files(), program, "-c", str(path)],
        settings.logs / "mosquitto.log",
        probe=lambda: serves(settings),
        ready_within=_WITHIN + 5,
        stop_within=_STOP_WITHIN,
        guard=Sessions(settings.mosquitto),
    )


def _certificate(settings: Settings, now: datetime) -> config.Certificate:
    """One's own where there is one, else of the local authority."""
    if settings.tls_cert is None and settings.tls_key is None and settings.tls_ca is None:
        return tls.ensure(settings.data / "tls", settings.host, now)
    if settings.tls_cert is None or settings.tls_key is None:
        raise Malformed("--tls-cert and --tls-key go together, and --tls-ca with them: give both files")
    return own_certificate.checked(settings.tls_cert, settings.tls_key, settings.tls_ca, now)


async def serves(settings: Settings, within: float = _WITHIN) -> None:
    """Return when a canary message came through. Raises Unavailable when none does *within* seconds."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + within
    while True:
        try:
            return await _canary(settings)
        except (Unavailable, Refused) as error:
            if clock() > deadline:
                raise Unavailable(f"mosquitto does not serve after {within:g} s: {error}") from None
        await asyncio.sleep(_PAUSE)


async def _canary(settings: Settings) -> None:
    account = service_account(CANARY)
    address = service_address(settings, CANARY)
    try:
        async with connect(address, patience=_ANSWER) as wire, asyncio.timeout(_ANSWER):
            for refusal in await wire.subscribe([Subscription(topics.requests(CANARY))]):
                if refusal is not None:
                    raise refusal
            await wire.publish(topics.request(CANARY, account), b"{}")
            wire.ack(await anext(wire.batches()))
    except TimeoutError:
        raise Unavailable("a canary message did not come back") from None


def _memory_of_the_machine() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def find_program() -> str | None:
    """Where Mosquitto is installed; Debian puts it where only root's PATH looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin")


def _with_many_files() -> list[str]:
    # Each connection is a file, and a shell's usual limit is 1,024; Mosquitto does not raise it.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    allowed = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    return ["prlimit", f"--nofile={allowed}:", "--"]
