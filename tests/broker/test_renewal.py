"""A broker that runs for long shows its new certificate, and goes on with the old one where there is no good new
one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from broker import launcher, tls
from broker.config import Certificate
from broker.renewal import Renewal
from tests.support.broker import token
from xasup.protocol.errors import Malformed
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child
from xasup.wire.mqtt import Address, connect

NOW = datetime.now(UTC)
LATE, LAST = NOW + timedelta(days=320), NOW + timedelta(days=360)


class Deaf(Child):
    """The control: nothing that it is told gets there."""

    def send(self, number: int) -> None:
        pass


@pytest.fixture
def secured(settings: Settings) -> Settings:
    return settings.model_copy(update={"tls": True})


def folder(settings: Settings) -> Path:
    return settings.data / "tls"


def made(settings: Settings, now: datetime) -> Certificate:
    return tls.ensure(folder(settings), settings.host, now)


@asynccontextmanager
async def running(settings: Settings, kind: type[Child] = Child) -> AsyncIterator[tuple[Child, Renewal]]:
    async with kind(launcher.recipe(settings, NOW, mirrored=False)) as child:
        yield child, Renewal(child, lambda now: made(settings, now), made(settings, NOW))


def in_the_file(settings: Settings) -> int:
    return x509.load_pem_x509_certificate((folder(settings) / tls.SERVER).read_bytes()).serial_number


async def shown(port: int) -> int:
    """The serial number of what the broker shows to who comes now."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(certificate).serial_number


async def comes_to_show(port: int, serial: int, within: float = 3.0) -> bool:
    """No event tells when a signal has done its work."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + within
    while clock() < deadline:
        try:
            if await shown(port) == serial:
                return True
        except OSError:  # it is being started again
            await asyncio.sleep(0.02)
    return False


async def test_a_new_certificate_is_shown(secured: Settings) -> None:
    port = secured.mqtts_port
    async with running(secured) as (_, renewal):
        before = in_the_file(secured)
        assert await shown(port) == before
        assert not renewal.once(NOW), "there is time"
        assert renewal.once(LATE)
        assert in_the_file(secured) != before
        assert await comes_to_show(port, in_the_file(secured))


async def test_by_websockets_it_is_shown_in_time_by_another_process(secured: Settings) -> None:
    async with running(secured) as (child, renewal):
        before, pid = in_the_file(secured), child.pid
        assert renewal.once(LATE)
        assert await shown(secured.wss_port) == before, "Mosquitto reads it once"
        assert not renewal.once(LATE)
        assert child.pid == pid, "there is time"
        assert renewal.once(LAST)
        assert await comes_to_show(secured.wss_port, in_the_file(secured), within=10)
        assert await comes_to_show(secured.mqtts_port, in_the_file(secured))
        assert child.pid != pid
        assert not renewal.once(LAST), "the new one has time"


async def test_who_is_connected_stays(secured: Settings) -> None:
    address = Address("127.0.0.1", secured.mqtts_port, "alice:d", "alice", token("alice:d"), True, secured.authority)
    async with running(secured) as (child, renewal), connect(address) as wire:
        pid = child.pid
        assert renewal.once(LATE)
        assert await comes_to_show(secured.mqtts_port, in_the_file(secured))
        await wire.publish("xasup/v1/u/alice/presence/alice", b"{}", retain=True)
        assert child.pid == pid


async def test_a_broker_that_is_not_told_shows_the_old_one(secured: Settings) -> None:
    """The negative control."""
    async with running(secured, Deaf) as (_, renewal):
        assert renewal.once(LATE)
        assert not await comes_to_show(secured.mqtts_port, in_the_file(secured), within=0.5)


async def test_one_that_will_not_do_is_left_alone(secured: Settings) -> None:
    def look(now: datetime) -> Certificate:
        raise Malformed("no certificate is there")

    async with running(secured) as (child, _):
        before = in_the_file(secured)
        assert not Renewal(child, look, made(secured, NOW)).once(LATE)
        assert await shown(secured.mqtts_port) == before
