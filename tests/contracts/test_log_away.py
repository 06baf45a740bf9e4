"""The exam's second part: a log that is away or killed under appends says so, comes back by itself, and holds all that
was appended, once and in order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from tests.contracts.test_log import KAFKA
from tests.support import log as logs
from tests.support.kafka import KafkaServer
from tests.support.log import PATIENCE, Flow, Subject, after, message, positions, take, talk
from tests.support.redis import RedisServer
from xasup.protocol.errors import Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import Log, Reader, Shard

SAID_WITHIN = 10.0  # seconds


@dataclass
class Patient:
    """A log, and how it is frozen, thawed, killed and started again. The memory's deaths are its absences."""

    subject: Subject
    freeze: Callable[[], None]
    thaw: Callable[[], None]
    kill: Callable[[], None]
    start: Callable[[], Awaitable[None]]


@pytest.fixture(params=["memory", "redis", pytest.param("kafka", marks=KAFKA)])
def patient(request: pytest.FixtureRequest) -> Patient:
    if request.param == "memory":
        memory = MemoryLog()
        leave, come_back = memory.go_away, memory.come_back
        return Patient(logs.memory(memory), leave, come_back, leave, aside(come_back))
    server: RedisServer | KafkaServer = request.getfixturevalue(f"own_{request.param}")
    prefix = server.prefix() if isinstance(server, KafkaServer) else ""
    subject = logs.at_url(request.param, server.url, prefix)
    start = server.revive if isinstance(server, KafkaServer) else aside(server.start)
    return Patient(subject, server.freeze, server.thaw, lambda: server.stop(signal.SIGKILL), start)


def aside(work: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def start() -> None:
        work()

    return start


async def until(done: Callable[[], bool], within: float = SAID_WITHIN) -> None:
    async with asyncio.timeout(within):
        while not done():
            await asyncio.sleep(0.02)  # no event tells of a state


async def test_killed_under_appends_it_has_all_once_in_order(patient: Patient) -> None:
    async with patient.subject.open(producer="flow") as log:
        flow = Flow(log)
        await flow.appended(300)
        patient.kill()
        await flow.until(lambda: log.state.word == "away")
        assert log.state.reason
        await patient.start()
        await flow.appended(300)
        assert log.state.word == "up"
        await flow.check()


async def test_frozen_under_appends_it_has_all_once_in_order(patient: Patient) -> None:
    async with patient.subject.open(producer="flow") as log:
        flow = Flow(log)
        for _ in range(2):
            await flow.appended(200)
            patient.freeze()
            try:
                await flow.until(lambda: log.state.word == "away")
            finally:
                patient.thaw()
            await flow.appended(200)
        await flow.check()


QUESTIONS: dict[str, Callable[[Log], Awaitable[object]]] = {
    "extent": lambda log: log.extent(Stream.MESSAGES),
    "before_end": lambda log: log.before_end(Stream.MESSAGES, 5),
    "commit": lambda log: log.commit("c", {Shard(Stream.MESSAGES, 0): ""}),
    "committed": lambda log: log.committed("c"),
    "at_time": lambda log: log.at_time([Stream.MESSAGES], 0),
    "lag": lambda log: log.lag(Stream.MESSAGES),
}


async def test_while_it_is_away_questions_are_refused_and_reading_goes_on_afterwards(patient: Patient) -> None:
    async with patient.subject.open(producer="flow") as log:
        await log.append(talk(10))
        start = after((await take(log, 10))[:5])
        async with log.reader([Stream.MESSAGES], start) as reader:
            assert len(await reader.read(3, PATIENCE)) == 3
            patient.freeze()
            try:
                found_out = await answers(log)
                if patient.subject.name == "redis":
                    assert found_out.pop("at_time") == "answered"  # positions tell the time: nobody is asked
                assert set(found_out.values()) == {"Unavailable"}, found_out
                found = await read_until_refused(reader)
            finally:
                patient.thaw()
            waiting = log.append([message("k0", b"10")])
            async with asyncio.timeout(PATIENCE):
                while len(found) < 3:
                    found += await read_patiently(reader)
            assert found == [b"8", b"9", b"10"]
            await waiting


async def answers(log: Log) -> dict[str, str]:
    async def ask(question: Callable[[Log], Awaitable[object]]) -> str:
        try:
            async with asyncio.timeout(SAID_WITHIN):
                await question(log)
        except Unavailable:
            return "Unavailable"
        return "answered"

    return dict(zip(QUESTIONS, await asyncio.gather(*map(ask, QUESTIONS.values())), strict=True))


async def read_until_refused(reader: Reader) -> list[bytes]:
    """What came before, which may have been on its way already."""
    found: list[bytes] = []
    async with asyncio.timeout(SAID_WITHIN):
        while True:
            try:
                found += [entry.value for entry in await reader.read(10, 0.2)]
            except Unavailable:
                return found


async def read_patiently(reader: Reader) -> list[bytes]:
    try:
        return [entry.value for entry in await reader.read(10, 1.0)]
    except Unavailable:
        await asyncio.sleep(0.05)
        return []


async def test_opened_while_it_is_away_it_works_when_it_comes(patient: Patient) -> None:
    patient.freeze()
    try:
        async with patient.subject.open(producer="early") as log:
            waiting = log.append(talk(10))
            await until(lambda: log.state.word == "away")
            patient.thaw()
            async with asyncio.timeout(PATIENCE):
                assert len(positions(await waiting)) == 10
            assert [int(entry.value) for entry in await take(log, 10)] == list(range(10))
    finally:
        patient.thaw()
