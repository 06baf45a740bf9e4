"""Every verdict of the probe, on real sockets, brokers and a real backend."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broker import tls
from contacts.operations import devices
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from tests.support.backend import Backend
from tests.support.bare import BareBroker
from tests.support.engine import at, connect_string, engines
from tests.support.ports import free_port
from tests.support.process import now_ms
from xasup.client import Client
from xasup.client.probe import Probe, Verdict, probe
from xasup.client.world import World
from xasup.protocol.connect import ConnectString, parse

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)


def account(port: int, host: str = "127.0.0.1", scheme: str = "xasup") -> ConnectString:
    return parse(f"{scheme}://alice:verysecret@{host}:{port}/laptop")


async def looked(where: ConnectString | str, ca_file: Path | None = None, patience: float = 15) -> Probe:
    found = await probe(where, ca_file, patience=patience)
    assert "verysecret" not in repr(found)
    assert not found.ok
    return found


async def test_what_is_no_connect_string_is_told_by_its_part() -> None:
    found = await looked("xasup://alice:verysecret@:1883/laptop")
    assert found.verdict is Verdict.NO_CONNECT_STRING
    assert "the host is missing" in found.sentence


async def test_an_unknown_host() -> None:
    found = await looked(account(1883, "chat.invalid"))
    assert found.verdict is Verdict.HOST_UNKNOWN
    assert "typing error" in found.sentence


async def test_a_closed_port() -> None:
    found = await looked(account(free_port()))
    assert found.verdict is Verdict.PORT_CLOSED
    assert "xasup up" in found.sentence


async def test_no_route() -> None:
    assert (await looked(account(1883, "255.255.255.255"))).verdict in (Verdict.NO_ROUTE, Verdict.AWAY)


async def test_a_machine_that_drops_what_we_send() -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as full:
        fillers = [socket.socket() for _ in range(4)]  # nobody accepts, and there is no room for more
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        found = await looked(account(full.getsockname()[1]), patience=0.5)
        for filler in fillers:
            filler.close()
    assert found.verdict is Verdict.NO_ANSWER
    assert "firewall" in found.sentence


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Verdict.NOT_MQTT),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Verdict.NOT_MQTT),
        (b"", Verdict.NOT_MQTT),
        (None, Verdict.NO_ANSWER),
    ],
    ids=["web", "ssh", "hangs-up", "silent"],
)
async def test_something_that_is_not_mqtt(says: bytes | None, verdict: Verdict) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if says is not None:
            await reader.read(1)
            writer.write(says)
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await looked(account(port), patience=0.5 if says is None else 15)
    assert found.verdict is verdict
    assert "broker" in found.sentence


async def test_tls_where_none_is_and_none_where_tls_is(tmp_path: Path) -> None:
    async with BareBroker(tmp_path / "plain") as plain:
        found = await looked(account(plain.port, scheme="xasups"))
        assert found.verdict is Verdict.NOT_TLS
    async with secured(tmp_path, NOW) as broker:
        found = await looked(account(broker.port))
        assert found.verdict is Verdict.NEEDS_TLS
        assert "xasups://" in found.sentence


@pytest.mark.parametrize(
    ("since", "verdict", "advice"),
    [(NOW - 3 * YEAR, Verdict.EXPIRED, "look at the clock"), (NOW + YEAR, Verdict.NOT_VALID_YET, "clock")],
)
async def test_a_certificate_out_of_its_time(tmp_path: Path, since: datetime, verdict: Verdict, advice: str) -> None:
    async with secured(tmp_path, since) as broker:
        found = await looked(account(broker.port, scheme="xasups"), tmp_path / "tls" / tls.CA)
    assert found.verdict is verdict
    assert advice in found.sentence


async def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    async with secured(tmp_path, NOW) as broker:
        untrusted = await looked(account(broker.port, scheme="xasups"))
        nothing = await looked(account(broker.port, scheme="xasups"), tmp_path / "nothing.pem")
    assert untrusted.verdict is Verdict.NOT_TRUSTED
    assert "--ca" in untrusted.sentence
    assert nothing.verdict is Verdict.NO_AUTHORITY


async def test_a_certificate_of_another_name(tmp_path: Path) -> None:
    elsewhere = free_port()
    async with secured(tmp_path, NOW, lambda listener: f"listener {elsewhere} 127.0.0.2\n{listener}"):
        found = await looked(account(elsewhere, "127.0.0.2", "xasups"), tmp_path / "tls" / tls.CA)
    assert found.verdict is Verdict.OTHER_NAME


async def test_a_broker_without_the_service(bare: BareBroker) -> None:
    found = await probe(at(bare, "alice"), patience=0.5)
    assert found.ok
    assert found.verdict is Verdict.NO_SERVICE


async def test_all_is_well_or_the_clock_is_off(backend: Backend) -> None:
    alice = connect_string(await backend.user("alice"))
    found = await probe(alice)
    assert (found.verdict, found.ok) == (Verdict.OK, True)
    assert found.skew is not None and abs(found.skew) < 5000
    for off, word in ((600_000, "10 minutes ahead"), (-600_000, "10 minutes behind")):
        found = await probe(alice, world=World(now_ms=lambda off=off: now_ms() + off))
        assert (found.verdict, found.ok) == (Verdict.CLOCK_OFF, True)
        assert word in found.sentence


async def test_a_wrong_token_and_a_revoked_device(backend: Backend) -> None:
    alice = connect_string(await backend.user("alice"))
    assert (await looked(replace(alice, token="verysecret"))).verdict is Verdict.REFUSED
    async with backend.truth() as truth:
        await backend.enforced(
            truth, (await perform(truth, devices.revoke(alice.client, by=ADMIN, now=now_ms()))).position
        )
    assert (await looked(alice)).verdict is Verdict.REFUSED
    remembered = await probe(alice, let_in=1_792_000_000_000)
    assert remembered.verdict is Verdict.REVOKED
    assert "2026-10-14" in remembered.sentence


async def test_a_link_code_is_as_good_as_before(backend: Backend, tmp_path: Path) -> None:
    alice = connect_string(await backend.user("alice"))
    async with engines(tmp_path, alice) as [phone]:
        code = (await phone.client.link_code("tablet")).text
        assert (await probe(code)).ok
        assert (await probe(code)).ok
        wrong = await looked(replace(parse(code), token="verysecret"))
        assert wrong.verdict is Verdict.USELESS_CODE
        assert "make a new one" in wrong.sentence


async def test_a_device_in_use_is_left_alone(backend: Backend, tmp_path: Path) -> None:
    alice = connect_string(await backend.user("alice"))
    file = tmp_path / "alice.sqlite"
    async with Client(alice, file) as me:
        await me.online()
        found = await probe(alice, store=file)
        assert found.verdict is Verdict.IN_USE
        assert "process" in found.sentence
        assert me.connection.link == "online"
    assert (await probe(alice, store=file)).ok


async def test_what_waits_for_a_device_still_waits_after_a_look(backend: Backend, tmp_path: Path) -> None:
    alice, bob = [connect_string(each) for each in await backend.users("alice", "bob")]
    async with engines(tmp_path, alice, bob) as [one, other]:
        await one.client.ask(other.user)
        await other.client.accept(one.user)
    async with engines(tmp_path, bob) as [other]:
        await other.client.send(alice.client.user, "while you were away")
    assert (await probe(alice)).ok
    async with engines(tmp_path, alice) as [one]:
        await one.receives("while you were away")


def secured(folder: Path, since: datetime, more: Callable[[str], str] = lambda listener: "") -> BareBroker:
    """With a certificate made *since*; *more*: of the lines that make a listener so."""
    certificate = tls.ensure(folder / "tls", "127.0.0.1", since)
    listener = f"certfile {certificate.chain}\nkeyfile {certificate.key}"
    return BareBroker(folder / "secured", listener=listener, more=more(listener))
