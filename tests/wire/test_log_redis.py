"""The log in Redis where it differs: lost replies, fencing, memory, trimming, the layout that people read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from redis import Redis

from tests.support.log import PATIENCE, Flow, after, message, positions, take, talk
from tests.support.proxy import losing_proxy
from tests.support.redis import RedisServer
from xasup.protocol.errors import Malformed
from xasup.protocol.streams import Stream
from xasup.wire.log import open_log
from xasup.wire.log.port import SHARES, Entry, Fatal, Log, Outcome, Record, Shard, Trimmed
from xasup.wire.log.redis import RedisLog
from xasup.wire.log.redis_keys import HeaderPress, read_headers

LIMIT = 1 << 20  # bytes
MESSAGES = Shard(Stream.MESSAGES, 0)


def redis_of(server: RedisServer) -> Redis:
    return Redis(unix_socket_path=str(server.socket))


async def test_a_lost_reply_doubles_nothing(redis: RedisServer) -> None:
    async with losing_proxy(redis.socket) as proxy, open_log(proxy.url, producer="p") as log:
        flow = Flow(log)
        for _ in range(5):
            await flow.appended(100)
            proxy.to_lose = 2
        await flow.until(lambda: proxy.to_lose == 0)
        assert proxy.lost == 10
        await flow.check()


def assert_gone(reply: str) -> None:
    assert reply == ":1"


async def test_without_what_the_script_remembers_a_lost_reply_doubles(redis: RedisServer) -> None:
    """The negative control."""
    async with losing_proxy(redis.socket) as proxy, open_log(proxy.url, producer="p") as log:
        proxy.before_cut = lambda: assert_gone(redis.command("DEL", "xasup.log.producer:p"))
        await log.append(talk(1))
        proxy.to_lose = 1
        await log.append(talk(1, first=1))
        assert [int(entry.value) for entry in await take(log, 3)] == [0, 1, 1]


async def test_who_opens_it_last_is_the_only_one_who_appends(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="bridge:a") as old, open_log(redis.url, producer="bridge:b") as other:
        await old.append([message("k", b"old")])
        async with open_log(redis.url, producer="bridge:a") as new, open_log(redis.url) as nameless:
            with pytest.raises(Fatal, match="'bridge:a'.*taken over"):
                await old.append([message("k", b"lost")])
            with pytest.raises(Fatal):
                await old.append([message("k", b"lost")])
            assert old.pending == 0
            for name, log in (("new", new), ("other", other), ("nameless", nameless)):
                await log.append([message("k", name.encode())])
            assert [entry.value for entry in await take(new, 4)] == [b"old", b"new", b"other", b"nameless"]


async def test_what_is_under_way_fails_with_whoever_is_fenced(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="p") as old:
        await old.append(talk(1))
        async with open_log(redis.url, producer="p"):
            calls = [old.append(talk(10, first=n)) for n in range(1, 100, 10)]
            done = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), PATIENCE)
            assert {type(each) for each in done} == {Fatal}
            assert [int(entry.value) for entry in await take(old, 1)] == [0]


async def test_closing_fails_what_has_no_outcome(own_redis: RedisServer) -> None:
    async with open_log(own_redis.url, producer="p") as log:
        own_redis.freeze()
        waiting = log.append(talk(1))
    own_redis.thaw()
    with pytest.raises(Fatal, match="closed"):
        await waiting


async def fill(log: Log) -> list[asyncio.Future[list[Outcome]]]:
    """Append until it is full."""
    calls: list[asyncio.Future[list[Outcome]]] = []
    async with asyncio.timeout(PATIENCE):
        while log.state.word != "full":
            calls.append(log.append([message("k", b"%d " % len(calls) + bytes(1000))]))
            await asyncio.sleep(0.0005)  # the watch looks twice a second
    return calls


def numbers(entries: Sequence[Entry]) -> list[int]:
    return [int(entry.value.split(b" ")[0]) for entry in entries]


async def test_full_it_waits_and_goes_on_when_consumers_have_committed(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="p", memory_limit=LIMIT) as log:
        await log.commit("c", {MESSAGES: ""})
        calls = await fill(log)
        assert "MiB" in log.state.reason and "stats" in log.state.reason
        waiting = log.append([message("k", b"%d last" % len(calls))])
        await asyncio.sleep(1.2)  # two looks of the watch: nothing is taken, nothing is dropped
        assert log.pending > 0 and not waiting.done()
        found: list[int] = []
        async with log.reader([Stream.MESSAGES], {}) as reader, asyncio.timeout(PATIENCE):
            while len(found) <= len(calls):
                page = await reader.read(100, 1)
                found += numbers(page)
                if page:
                    await log.commit("c", after(page))
        assert found == list(range(len(calls) + 1))
        assert len(positions([outcome for call in (*calls, waiting) for outcome in await call])) == len(found)
        assert (log.state.word, log.pending) == ("up", 0)


@pytest.mark.parametrize("stream", SHARES)
async def test_what_has_a_share_never_fills_it_and_the_newest_are_kept(redis: RedisServer, stream: Stream) -> None:
    shard = Shard(stream, 0)
    async with open_log(redis.url, producer="p", memory_limit=LIMIT) as log:
        for number in range(60):  # of 50,000 bytes: three times what fits
            await log.append([Record(stream, b"t", b"%d " % number + bytes(50_000), [])])
        async with asyncio.timeout(PATIENCE):
            while (held := (await log.extent(stream))[shard]).bytes > SHARES[stream] * LIMIT:
                await log.append([message("k", b"so that it looks")])
        assert held.records > 0
        assert int(held.last.partition("-")[2]) == 60
        assert numbers(await take(log, 1, stream=stream)) == [60 - held.records], "the oldest went"
        await log.append([Record(stream, b"t", b"the next", [])])
        assert int((await log.extent(stream))[shard].last.partition("-")[2]) == 61
        assert log.state.word == "up"


@pytest.mark.parametrize("stream", SHARES)
async def test_without_its_share_it_fills_the_log_and_no_message_is_taken(redis: RedisServer, stream: Stream) -> None:
    """The negative control."""
    others = {other: share for other, share in SHARES.items() if other != stream}
    async with RedisLog(redis.url, "p", LIMIT, shares=others) as log:
        for number in range(60):
            log.append([Record(stream, b"t", b"%d " % number + bytes(50_000), [])])
        async with asyncio.timeout(PATIENCE):
            while log.state.word != "full":
                log.append([message("k", b"so that it looks")])
                await asyncio.sleep(0.001)
        stored = log.append([message("k", b"waits")])
        await asyncio.sleep(1.2)  # two looks of the watch
        assert not stored.done() and log.state.word == "full"
        assert (await log.extent(stream))[Shard(stream, 0)].bytes > LIMIT // 2


async def test_without_memory_it_says_so_until_an_append_is_taken(own_redis: RedisServer) -> None:
    async with open_log(own_redis.url, producer="p") as log:
        await log.append(talk(1))
        own_redis.command("CONFIG", "SET", "maxmemory", "1")
        waiting = log.append(talk(1, first=1))
        async with asyncio.timeout(PATIENCE):
            while log.state.word != "full":
                await asyncio.sleep(0)
            words = set()
            for _ in range(100_000):  # over more attempts than one
                words.add(log.state.word)
                await asyncio.sleep(0)
        assert words == {"full"}
        assert "maxmemory" in log.state.reason
        own_redis.command("CONFIG", "SET", "maxmemory", "0")
        await waiting
        assert log.state.word == "up"


async def test_nothing_is_trimmed_that_any_consumer_has_not_committed(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="p", memory_limit=LIMIT) as log:
        await log.append([message("k", b"%d " % number + bytes(1000)) for number in range(300)])
        first = await take(log, 300)
        await log.commit("quick", after(first))
        await log.commit("slow", after(first[:100]))
        await fill(log)
        held = await log.extent(Stream.MESSAGES)
        assert held[MESSAGES].records < (await log.lag(Stream.MESSAGES))["slow"] + 100  # trimmed, and
        rest = await take(log, 200, after(first[:100]))  # all that follows what the slow one has
        assert numbers(rest) == numbers(first[100:])
        for start in ({}, {MESSAGES: ""}):
            assert len(await take(log, 1, start)) == 1  # from the oldest that there is


async def test_what_was_committed_too_far_is_missed_by_its_reader(redis: RedisServer) -> None:
    """The negative control: the position that the consumer has really reached is not in the log any more."""
    async with open_log(redis.url, producer="p", memory_limit=LIMIT) as log:
        await log.append([message("k", b"%d " % number + bytes(1000)) for number in range(300)])
        entries = await take(log, 300)
        async with log.reader([Stream.MESSAGES], after(entries[:10])) as reader:
            assert numbers(await reader.read(1, 1)) == [10]
            await log.commit("c", after(entries))
            await fill(log)
            with pytest.raises(Trimmed):
                await reader.read(1, 1)
        with pytest.raises(Trimmed):
            await take(log, 1, after(entries[:10]))


async def test_streams_that_nobody_follows_are_kept(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="p", memory_limit=LIMIT) as log:
        await log.append([Record(Stream.DEAD_LETTERS, b"t", b"%d" % number) for number in range(300)])
        await log.append([message("k", b"%d " % number + bytes(1000)) for number in range(300)])
        await log.commit("c", after(await take(log, 300)))
        await fill(log)
        assert len(await take(log, 300, stream=Stream.DEAD_LETTERS)) == 300


async def test_a_redis_that_has_no_memory_left_makes_it_wait(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="p") as log:
        flow = Flow(log)
        await flow.appended(100)
        redis.command("CONFIG", "SET", "maxmemory", "1")
        try:
            await flow.until(lambda: log.state.word == "full")
            assert "maxmemory" in log.state.reason
            assert len(await take(log, 1)) == 1  # reading goes on
        finally:
            redis.command("CONFIG", "SET", "maxmemory", "0")
        await flow.appended(100)
        assert log.state.word == "up"
        await flow.check()


async def test_a_redis_that_has_lost_its_data_takes_what_comes_and_its_readers_are_told(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="p") as log:
        await log.append(talk(10))
        entries = await take(log, 10)
        async with log.reader([Stream.MESSAGES], after(entries)) as reader:
            assert await reader.read(1, 0) == []
            redis.command("FLUSHALL")
            positions(await log.append(talk(3, first=10)))
            with pytest.raises(Trimmed):
                await reader.read(1, PATIENCE)
        with pytest.raises(Trimmed):
            await take(log, 1, after(entries))
        assert [int(entry.value) for entry in await take(log, 3)] == [10, 11, 12]


async def test_scripts_that_were_flushed_are_loaded_again(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="p") as log:
        flow = Flow(log)
        for _ in range(3):
            await flow.appended(50)
            redis.command("SCRIPT", "FLUSH")
        await flow.appended(50)
        await flow.check()


async def test_a_person_can_read_it(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="bridge:local") as log:
        [position] = positions(
            await log.append([message("alice:bob", b'{"text":"hi"}', ("ce_id", b"7"), ("to", b"bob"))])
        )
        await log.commit("history:local", {MESSAGES: position.offset})
    with redis_of(redis) as client:
        fields = {b"key": b"alice:bob", b"value": b'{"text":"hi"}', b"headers": b"ce_id=7\nto=bob"}
        assert client.xrange("xasup.messages") == [(position.offset.encode(), fields)]
        assert client.hgetall("xasup.log.committed") == {b"xasup.messages history:local": position.offset.encode()}
        assert client.ttl("xasup.log.producer:bridge:local") == -1


async def test_what_others_have_put_there_hinders_nobody(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="p") as log:
        await log.append(talk(2))
        with redis_of(redis) as client:
            client.xadd("xasup.messages", {"foreign": "entry"})
        await log.append(talk(2, first=2))
        async with log.reader([Stream.MESSAGES], {}) as reader:
            entries = [entry for _ in range(5) for entry in await reader.read(1, 1)]
        assert [entry.value for entry in entries] == [b"0", b"1", b"", b"2", b"3"]


async def test_the_names_of_nameless_producers_are_not_kept_for_ever(redis: RedisServer) -> None:
    async with open_log(redis.url) as log:
        await log.append(talk(1))
    with redis_of(redis) as client:
        [state] = client.keys("xasup.log.producer:*")
        assert 0 < client.ttl(state) <= 86_400


async def test_a_name_that_has_no_place_in_a_line_is_refused(redis: RedisServer) -> None:
    async with open_log(redis.url, producer="p") as log:
        refused, taken = await log.append([message("k", b"1", ("a=b", b"")), message("k", b"2")])
        assert isinstance(refused, Malformed)
        assert not isinstance(taken, Malformed)


@pytest.mark.parametrize("value", [b"", b"\\", b"\n", b"\\n", b"\\\\n", b"a\nb\\", b"=\n=", bytes(range(256))])
def test_a_header_survives_its_spelling(value: bytes) -> None:
    for headers in ([("a", value)], [("a", b"x"), ("b", value), ("c", value)]):
        assert list(read_headers(HeaderPress()(headers)).items()) == headers


@pytest.mark.parametrize("url", ["", "redis", "http://x", "kafka://", "kafka://host", "redis://[x"])
async def test_a_url_that_means_nothing_is_refused(url: str) -> None:
    with pytest.raises(Malformed, match="URL of"):
        async with open_log(url):
            pass
