"""Mosquitto as a child: it serves when a canary message came through, and says what is wrong where it does not."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
from pathlib import Path

import pytest

from broker import launcher
from tests.support.broker import token
from tests.support.limits import files
from tests.support.raw_mqtt import RawClient
from xasup.protocol.errors import Malformed, Unavailable
from xasup.runtime.settings import Settings


def alice(settings: Settings, **more: object) -> RawClient:
    return RawClient(settings.mqtt_port, "alice:d", "alice", token("alice:d"), **more)  # type: ignore[arg-type]


async def test_it_serves_and_saves_its_sessions_when_it_is_left(settings: Settings) -> None:
    async with launcher.mosquitto(settings, mirrored=False) as child:
        assert child.pid is not None
        with alice(settings, clean=False, expiry=1000) as raw:
            assert raw.subscribe("xasup/v1/u/alice/#") == 1
    assert not Path(f"/proc/{child.pid}").exists()
    async with launcher.mosquitto(settings, mirrored=False):
        with alice(settings, clean=False, expiry=1000) as raw:
            assert raw.session_present


async def test_with_tls_there_are_two_more_listeners(settings: Settings) -> None:
    async with launcher.mosquitto(settings.model_copy(update={"tls": True})):
        for port in (settings.mqtt_port, settings.ws_port, settings.mqtts_port, settings.wss_port):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        assert (settings.data / "tls" / "ca.pem").exists()


async def test_it_is_started_again_when_it_dies(settings: Settings) -> None:
    async with launcher.mosquitto(settings) as child:
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        while child.pid in (first, None):  # the supervisor announces no restart
            await asyncio.sleep(0.02)
        await launcher.serves(settings)
        assert child.restarts == 1


async def test_it_may_have_as_many_connections_as_the_machine_allows(settings: Settings) -> None:
    with files(500):  # else it might be so without our doing
        async with launcher.mosquitto(settings) as child:
            assert child.pid is not None
            allowed = resource.prlimit(child.pid, resource.RLIMIT_NOFILE)
        assert allowed[1] > 500 and allowed[0] == min(allowed[1], 1 << 20)


async def test_a_port_that_is_taken_is_named_with_who_has_it(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.ws_port))
        other.listen()
        with pytest.raises(Unavailable, match=rf"port {settings.ws_port} is taken by .*{os.getpid()}.*--ws-port"):
            async with launcher.mosquitto(settings):
                pytest.fail("it started")


async def test_a_missing_plugin_is_named_with_what_builds_it(settings: Settings) -> None:
    lacking = settings.model_copy(update={"plugin": settings.data / "xasup_acl.so"})
    with pytest.raises(Unavailable, match="xasup_acl.so is missing; `make setup` builds it"):
        async with launcher.mosquitto(lacking):
            pytest.fail("it started")


async def test_a_plugin_that_does_not_load_is_unavailable_with_the_brokers_words(settings: Settings) -> None:
    broken = settings.data / "broken.so"
    broken.write_bytes(b"not a library")
    with pytest.raises(Unavailable, match=r"mosquitto ended .*broken\.so"):
        async with launcher.mosquitto(settings.model_copy(update={"plugin": broken})):
            pytest.fail("it started")


async def test_a_host_that_is_no_address_is_malformed(settings: Settings) -> None:
    with pytest.raises(Malformed, match="expected an IPv4 address"):
        async with launcher.mosquitto(settings.model_copy(update={"host": "localhost"})):
            pytest.fail("it started")


async def test_an_address_of_another_machine_is_unavailable(settings: Settings) -> None:
    with pytest.raises(Unavailable, match="assign requested address"):
        async with launcher.mosquitto(settings.model_copy(update={"host": "192.0.2.1"})):
            pytest.fail("it started")


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda settings: (settings.secrets / "svc-canary").unlink(), "the token of a service cannot be read"),
        (lambda settings: (settings.secrets / "svc-canary").write_text("wrong"), "refused"),
        (lambda settings: (settings.directory / "current").unlink(), "mosquitto does not serve"),
    ],
    ids=["no token", "a wrong token", "no directory"],
)
async def test_a_broker_that_does_not_let_the_canary_through_does_not_serve(
    settings: Settings, spoil: object, word: str
) -> None:
    async with launcher.mosquitto(settings):
        assert callable(spoil)
        spoil(settings)
        with pytest.raises(Unavailable, match=word):
            for _ in range(50):  # the plugin may look at its files some milliseconds later
                await launcher.serves(settings, within=0.2)


async def test_nobody_there_does_not_serve(settings: Settings) -> None:
    with pytest.raises(Unavailable, match="nobody listens"):
        await launcher.serves(settings, within=0.2)
