"""What tests may do to the log in memory: it is full, trims and refuses as the real ones do."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from tests.support.log import after, message, positions, take, talk
from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import SHARES, Position, Record, Shard, Trimmed

MESSAGES = Shard(Stream.MESSAGES, 0)


async def test_what_it_is_told_to_refuse_is_refused_alone() -> None:
    log = MemoryLog(refuse=lambda record: "poison" if record.value == b"1" else "")
    outcomes = await log.append(talk(3))
    assert [type(outcome) for outcome in outcomes] == [Position, Malformed, Position]
    assert str(outcomes[1]) == "poison"


@pytest.mark.parametrize("stream", SHARES)
async def test_what_has_a_share_never_fills_it_and_the_newest_are_kept(stream: Stream) -> None:
    log = MemoryLog(memory_limit=4000)
    for number in range(60):
        await log.append([Record(stream, b"t", b"%d " % number + bytes(95), [])])
    held = (await log.extent(stream))[Shard(stream, 0)]
    assert (log.state.word, held.last) == ("up", "60")
    assert 1 <= held.records <= SHARES[stream] * 4000 // 95 + 1


@pytest.mark.parametrize("stream", SHARES)
async def test_without_its_share_it_fills_the_log_and_no_message_is_taken(stream: Stream) -> None:
    """The negative control."""
    log = MemoryLog(memory_limit=4000, shares={other: SHARES[other] for other in SHARES if other != stream})
    for number in range(60):
        log.append([Record(stream, b"t", b"%d " % number + bytes(95), [])])
    stored = log.append([message("k", b"waits")])
    await asyncio.sleep(0)
    assert log.state.word == "full" and not stored.done()


def test_all_shares_leave_room_for_what_is_trimmed_from_half_on() -> None:
    assert sum(SHARES.values()) < 1 / 2


async def test_full_it_waits_until_consumers_have_committed() -> None:
    log = MemoryLog(memory_limit=1000)
    await log.commit("c", {MESSAGES: ""})
    calls = [log.append([message("k", bytes(99))]) for _ in range(15)]
    await asyncio.sleep(0)
    assert (log.state.word, log.pending) == ("full", 5)
    await log.commit("c", after(await take(log, 10)))
    assert len(positions([outcome for call in calls for outcome in await call])) == 15
    assert (log.state.word, log.pending) == ("up", 0)
    with pytest.raises(Trimmed):
        await take(log, 1, {MESSAGES: "1"})
    assert len(await take(log, 5, {MESSAGES: "10"})) == 5


async def test_what_one_consumer_has_not_committed_is_kept() -> None:
    log = MemoryLog(memory_limit=1000)
    await log.append([message("k", bytes(99)) for _ in range(9)])
    entries = await take(log, 9)
    await log.commit("quick", after(entries))
    await log.commit("slow", after(entries[:3]))
    assert len(await take(log, 6, after(entries[:3]))) == 6


async def test_while_it_is_away_nothing_is_taken_and_everybody_is_told() -> None:
    log = MemoryLog()
    log.go_away()
    waiting = log.append(talk(1))
    await asyncio.sleep(0)
    assert not waiting.done() and log.pending == 1
    with pytest.raises(Unavailable):
        await log.extent(Stream.MESSAGES)
    log.come_back()
    assert len(positions(await waiting)) == 1


@pytest.mark.parametrize(("url", "library"), [("kafka://127.0.0.1:9", "confluent_kafka"), ("unix:///x", "hiredis")])
def test_a_library_that_is_not_installed_is_named(url: str, library: str) -> None:
    code = f"""
import asyncio, sys
sys.modules["{library}"] = None
from xasup.wire.log import open_log
async def main():
    async with open_log("memory:"):
        async with open_log("{url}"):
            pass
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"Unavailable: {library} is not installed" in done.stderr
