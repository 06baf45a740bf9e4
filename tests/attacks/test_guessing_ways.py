"""Guessing tokens over TLS and WebSockets: the same few are looked at as over TCP, and the answers tell as little.
(TCP: test_guessing.py.)"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from broker import tls
from tests.attacks.test_guessing import BY_ADDRESS, BY_USER, within
from tests.support.broker import TestBroker, device, person, token
from tests.support.pipe import Pipe, packet, text
from tests.support.raw_mqtt import REFUSED, V5, V311
from xasup.protocol.directory import Flag

WAYS = pytest.mark.parametrize("way", ["tls", "ws", "wss"])
CLOSED = b""
SIDE_BY_SIDE = 20
_addresses = (f"127.1.{number // 250 + 1}.{number % 250 + 1}" for number in count())
_numbers = count()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("ways"), guesses=False, with_tls=True) as broker:
        broker.apply(person("alice:d"), device("alice:e"), person("locked:d", Flag.SUSPENDED))
        yield broker


def dial(broker: TestBroker, way: str, source: str) -> Pipe:
    settings, authority = broker.settings, broker.folder / "tls" / tls.CA
    port = {"tcp": settings.mqtt_port, "tls": settings.mqtts_port, "ws": settings.ws_port, "wss": settings.wss_port}
    secure = authority if way in ("tls", "wss") else None
    return Pipe(port[way], authority=secure, web=way in ("ws", "wss"), source=source)


def answer(broker: TestBroker, way: str, client: str, source: str, secret: str, version: int = V5) -> bytes:
    """The body of the CONNACK."""
    user = client.partition(":")[0]
    head = text("MQTT") + bytes([version, 0xC2]) + struct.pack("!H", 60) + (b"\0" if version == V5 else b"")
    with closing(dial(broker, way, source)) as pipe:
        pipe.send(packet(0x10, head, text(client), text(user), text(secret)))
        said = pipe.next()
    return said.body if said else CLOSED


def looked_at(
    broker: TestBroker, way: str, client: Callable[[], str], source: Callable[[], str], tries: int
) -> tuple[int, float]:
    """How many of so many guesses were, and the seconds that they took: side by side, since Mosquitto takes its time
    for each WebSocket."""
    guesses = [(client(), source(), f"wrong {n}") for n in range(tries)]
    begun = time.monotonic()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        said = list(pool.map(lambda guess: answer(broker, way, *guess), guesses))
    assert {each[1:2] for each in said} <= {bytes([REFUSED]), CLOSED}
    return sum(each != CLOSED for each in said), time.monotonic() - begun


def another() -> str:
    """An address that nobody came from."""
    return next(_addresses)


def stranger() -> str:
    """A client that nobody knows."""
    return f"nobody{next(_numbers)}:d"


@WAYS
def test_guesses_at_a_user_are_few(broker: TestBroker, way: str) -> None:
    user = f"some-{way}"
    assert within(BY_USER, *looked_at(broker, way, lambda: f"{user}:d", another, BY_USER[0] + 30))


@WAYS
def test_guesses_from_an_address_are_few(broker: TestBroker, way: str) -> None:
    source = another()
    assert within(BY_ADDRESS, *looked_at(broker, way, stranger, lambda: source, BY_ADDRESS[0] + 40))


def test_an_address_is_one_by_whatever_way_it_comes(broker: TestBroker) -> None:
    source = another()
    before, took = looked_at(broker, "tcp", stranger, lambda: source, BY_ADDRESS[0] + 40)
    for way in ("tls", "ws", "wss"):
        more, seconds = looked_at(broker, way, stranger, lambda: source, 10)
        before, took = before + more, took + seconds
    assert within(BY_ADDRESS, before, took)


@WAYS
@pytest.mark.parametrize("version", [V311, V5], ids=["3.1.1", "5"])
def test_an_unknown_user_looks_like_a_wrong_token(broker: TestBroker, way: str, version: int) -> None:
    said = {
        answer(broker, way, client, another(), "wrong", version)
        for client in ("alice:d", "alice:none", stranger(), "locked:d")
    }
    assert said == {answer(broker, "tcp", "alice:d", another(), "wrong", version)}
    assert answer(broker, way, "alice:e", another(), token("alice:e"), version)[1] == 0, "the right one is let in"


@WAYS
def test_without_the_limit_all_are_looked_at(tmp_path: Path, way: str) -> None:
    """The negative control."""
    with TestBroker(tmp_path, guesses=True, with_tls=True) as broker:
        source, tries = another(), BY_USER[0] + 30
        assert looked_at(broker, way, lambda: "alice:d", lambda: source, tries)[0] == tries
