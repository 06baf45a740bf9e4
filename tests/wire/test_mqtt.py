"""The wire against a real Mosquitto: acknowledgements in both directions, refusals, ends, TLS, bounds."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broker import tls
from tests.support.bare import BareBroker
from tests.support.broker import TestBroker, device, person, token
from tests.support.ports import free_port
from xasup.protocol import topics
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.ids import UserId
from xasup.wire.mqtt import Address, Incoming, Subscription, Will, Wire, connect
from xasup.wire.mqtt.window import IN_FLIGHT

PATIENCE = 10.0


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[BareBroker]:
    async with BareBroker(tmp_path / "broker") as broker:
        yield broker


async def read(wire: Wire, count: int) -> list[Incoming]:
    """The next *count* messages, not acknowledged."""
    found: list[Incoming] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in wire.batches():
            found += batch
            if len(found) >= count:
                return found
    raise AssertionError


async def test_messages_travel_in_order(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as a, connect(broker.address("b")) as b:
        assert await b.subscribe([Subscription("t/#")]) == [None]
        ended = [a.publish_soon("t/x", str(n).encode()) for n in range(2000)]
        got = await read(b, 2000)
        b.ack(got)
        await asyncio.gather(*ended)
        assert [it.payload for it in got] == [str(n).encode() for n in range(2000)]
        assert a.outstanding == 0


async def test_what_is_not_acknowledged_comes_again(broker: BareBroker) -> None:
    async with connect(broker.address("b"), session_expiry=60) as b:
        assert not b.session_present
        await b.subscribe([Subscription("t/#")])
        async with connect(broker.address("a")) as a:
            for n in range(3):
                await a.publish("t/x", str(n).encode())
        got = await read(b, 3)
        b.ack(got[:1])
    async with connect(broker.address("b"), session_expiry=60) as b:
        assert b.session_present
        again = await read(b, 2)
        assert [(it.payload, it.dup) for it in again] == [(b"1", True), (b"2", True)]


async def test_messages_that_come_with_the_welcome_are_not_lost(broker: BareBroker) -> None:
    for _ in range(5):
        async with connect(broker.address("b"), session_expiry=60) as b:
            await b.subscribe([Subscription("t")])
        async with connect(broker.address("a")) as a:
            await asyncio.gather(*(a.publish_soon("t", b"x" * 2000) for _ in range(50)))
        async with connect(broker.address("b"), session_expiry=60) as b:
            b.ack(await read(b, 50))


async def test_a_large_message_in_many_pieces(broker: BareBroker) -> None:
    payload = bytes(range(256)) * 4000
    async with connect(broker.address("a")) as a:
        await a.subscribe([Subscription("t")])
        await a.publish("t", payload)
        assert [it.payload for it in await read(a, 1)] == [payload]


async def test_no_local(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as a, connect(broker.address("b")) as b:
        await a.subscribe([Subscription("t/1", no_local=True), Subscription("t/2")])
        await a.publish("t/1", b"mine")
        await b.publish("t/1", b"theirs")
        await a.publish("t/2", b"fence")
        assert [it.payload for it in await read(a, 2)] == [b"theirs", b"fence"]


async def test_unsubscribing(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as a:
        await a.subscribe([Subscription("t/1"), Subscription("t/2")])
        await a.unsubscribe(["t/1"])
        await a.publish("t/1", b"no")
        await a.publish("t/2", b"fence")
        assert [it.payload for it in await read(a, 1)] == [b"fence"]


async def test_qos_0(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as a:
        await a.subscribe([Subscription("t", qos=0)])
        await a.publish("t", b"x", qos=0)
        [got] = await read(a, 1)
        assert (got.qos, got.mid) == (0, 0)
        a.ack([got])  # nothing to do, no harm


async def test_the_will_speaks_only_for_the_vanished(broker: BareBroker) -> None:
    async with connect(broker.address("b")) as b:
        await b.subscribe([Subscription("w")])
        async with connect(broker.address("a"), will=Will("w", b"polite")):
            pass
        async with connect(broker.address("a"), will=Will("w", b"vanished")) as a:
            a._stream._end(None)  # the plug is pulled
        assert [it.payload for it in await read(b, 1)] == [b"vanished"]


async def test_no_more_in_flight_than_allowed(broker: BareBroker, tmp_path: Path) -> None:
    async with BareBroker(tmp_path / "small", inflight=5) as small, connect(small.address("a")) as a:
        assert a._window.limit == 5  # what the broker announced
        await asyncio.gather(*(a.publish_soon("t", b"x") for _ in range(100)))
    async with connect(broker.address("a")) as a:
        broker.freeze()
        ended = [a.publish_soon("t", b"x") for _ in range(3 * IN_FLIGHT)]
        assert len(a._window._flying) == IN_FLIGHT
        broker.stop(signal.SIGKILL)
        for result in await asyncio.gather(*ended, return_exceptions=True):
            assert isinstance(result, Unavailable)


async def test_no_acknowledgement_in_time(broker: BareBroker) -> None:
    async with connect(broker.address("a"), patience=0.2) as a:
        broker.freeze()
        with pytest.raises(Unavailable, match="not acknowledged within"):
            await a.publish("t", b"x")
        broker.stop()


async def test_a_slow_reader_holds_the_broker_back(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as a, connect(broker.address("b")) as b:
        await b.subscribe([Subscription("t", qos=0)])
        b_transport = b._stream._transport
        assert b_transport is not None
        for _ in range(30):
            for _ in range(1000):
                await a.publish("t", b"x" * 1000, qos=0)
            await a.publish("t/fence", b"")
        async with asyncio.timeout(PATIENCE):
            while b_transport.is_reading():
                await asyncio.sleep(0.01)  # nothing tells that a socket is left unread
        assert len(b._arrivals) < 30_000
        await read(b, 11_000)
        assert b_transport.is_reading()


async def test_the_connection_is_lost(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as a:
        reading = asyncio.create_task(read(a, 1))
        await asyncio.sleep(0)
        broker.stop(signal.SIGKILL)
        with pytest.raises(Unavailable, match="closed"):
            await reading
        assert not a.alive
        for attempt in (a.publish("t", b"x"), a.publish("t", b"x", qos=0), a.subscribe([Subscription("t")])):
            with pytest.raises(Unavailable):
                await attempt
        a.ack([Incoming("t", b"", 1, mid=1)])


async def test_the_broker_says_goodbye(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as a:
        reading = asyncio.create_task(read(a, 1))
        await asyncio.sleep(0)
        broker.stop(signal.SIGTERM)
        with pytest.raises(Unavailable, match=r"shutting down|closed"):
            await reading


async def test_another_one_of_the_same_name_takes_over(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as first, connect(broker.address("a")) as second:
        with pytest.raises(Unavailable):
            await read(first, 1)
        await second.publish("t", b"x")


async def test_who_cannot_be_reached() -> None:
    nobody = Address("127.0.0.1", free_port(), "a")
    for address, sentence in (
        (nobody, "nobody listens at 127.0.0.1"),
        (replace(nobody, host="no-such-host.invalid"), "host 'no-such-host.invalid' is not known"),
    ):
        with pytest.raises(Unavailable, match=sentence):
            async with connect(address):
                raise AssertionError


async def test_who_does_not_speak_mqtt() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    for behaviour in (hang_up, say_nothing, speak_http):
        server = await asyncio.start_server(behaviour, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(Unavailable, match=f"127.0.0.1:{port}"):
                async with connect(Address("127.0.0.1", port, "a"), patience=0.3):
                    raise AssertionError


async def test_where_no_socket_is_the_port_is_taken(broker: BareBroker, tmp_path: Path) -> None:
    async with connect(broker.address("a", socket=tmp_path / "none")):
        pass
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        with pytest.raises(Unavailable, match=r"nobody listens at .*deaf"):  # it is there
            async with connect(broker.address("a", socket=tmp_path / "deaf")):
                raise AssertionError


async def test_no_task_outlives_the_connection(broker: BareBroker) -> None:
    before = asyncio.all_tasks()
    async with connect(broker.address("a")) as a:
        await a.publish("t", b"x")
    with pytest.raises(Unavailable):
        async with connect(replace(broker.address("a"), port=free_port())):
            raise AssertionError
    with pytest.raises(ZeroDivisionError):
        async with connect(broker.address("a")):
            raise ZeroDivisionError
    assert asyncio.all_tasks() == before


async def test_a_cancelled_connect_leaves_nothing(broker: BareBroker) -> None:
    before = asyncio.all_tasks()
    broker.freeze()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), connect(broker.address("a")):
            raise AssertionError
    broker.stop()
    assert asyncio.all_tasks() == before


async def test_small_packets_leave_at_once(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as a:
        transport = a._stream._transport
        assert transport is not None
        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_tls(tmp_path: Path) -> None:
    certificate = tls.ensure(tmp_path / "tls", "127.0.0.1", datetime.now(UTC))
    other = tls.ensure(tmp_path / "other", "127.0.0.1", datetime.now(UTC))
    listener = f"certfile {certificate.chain}\nkeyfile {certificate.key}"
    elsewhere = free_port()
    more = f"listener {elsewhere} 127.0.0.2\n{listener}"
    async with BareBroker(tmp_path / "broker", listener=listener, more=more) as broker:
        good = broker.address("a", tls=True, ca_file=tmp_path / "tls" / tls.CA)
        async with connect(good) as a:
            await a.publish("t", b"x" * 100_000)
        for bad, sentence in (
            (replace(good, ca_file=other.chain.parent / tls.CA), "not trusted"),
            (replace(good, ca_file=None), "not trusted"),
            (
                replace(good, host="127.0.0.2", port=elsewhere),
                "not trusted.*127.0.0.2",
            ),  # the name on the certificate is another
            (replace(good, ca_file=tmp_path / "nothing"), "nothing"),
        ):
            with pytest.raises(Unavailable, match=sentence):
                async with connect(bad):
                    raise AssertionError
    async with BareBroker(tmp_path / "plain") as plain:
        with pytest.raises(Unavailable, match="TLS"):
            async with connect(plain.address("a", tls=True)):
                raise AssertionError


async def test_refusals(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker:
        broker.apply(person("alice:phone"), person("bob:phone"), device("bob:tablet", expires=1))
        alice = Address("127.0.0.1", broker.port, "alice:phone", "alice", token("alice:phone"))
        async with connect(alice) as wire:
            to_bob = topics.message(UserId("bob"), UserId("alice"))
            with pytest.raises(Refused, match="0x87"):
                await wire.publish(to_bob, b"hi")
            mine, theirs = await wire.subscribe(
                [Subscription(topics.mailbox(UserId("alice"))), Subscription(topics.mailbox(UserId("bob")))]
            )
            assert mine is None
            assert isinstance(theirs, Refused)
            with pytest.raises(Malformed, match="topic"):
                await wire.publish("a/+", b"")
            with pytest.raises(Malformed, match="at most"):
                await wire.publish(to_bob, bytes(300_000))
            assert wire.alive
        tablet = replace(alice, client_id="bob:tablet", username="bob", password=token("bob:tablet"))
        for address in (replace(alice, password="wrong"), replace(alice, client_id="eve:phone"), tablet):
            with pytest.raises(Refused, match=f"refused {address.client_id}.*expired or revoked"):
                async with connect(address):
                    raise AssertionError


async def test_whoever_waits_for_an_answer_is_told_of_the_end_at_once(broker: BareBroker) -> None:
    async with connect(broker.address("a")) as a:
        broker.freeze()
        asked = asyncio.gather(a.subscribe([Subscription("t")]), a.unsubscribe(["t"]), return_exceptions=True)
        await asyncio.sleep(0)
        broker.stop(signal.SIGKILL)
        async with asyncio.timeout(2):  # far below the patience with an answer
            assert all(isinstance(answer, Unavailable) for answer in await asked)
