"""The log in Kafka where it differs: topics that exist, what is too large, what is gone, and what others read."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from confluent_kafka import Message, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, but not marked so
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from tests.support.kafka import KafkaServer
from tests.support.log import PATIENCE, Flow, after, by_key, message, positions, ready, take, talk
from xasup.protocol.errors import Malformed
from xasup.protocol.streams import Header, Stream
from xasup.wire.log import open_log
from xasup.wire.log.port import Fatal, Position, Record, Shard, Trimmed

pytestmark = pytest.mark.xdist_group("kafka")


@pytest.fixture
def prefix(kafka: KafkaServer) -> str:
    """Of a log whose topics are not made yet."""
    return kafka.prefix(topics=False)


@pytest.fixture
def admin(kafka: KafkaServer) -> Iterator[AdminClient]:
    yield AdminClient(kafka.client)


def make(admin: AdminClient, name: str, partitions: int, **settings: str) -> None:
    dotted = {key.replace("_", "."): value for key, value in settings.items()}
    for future in admin.create_topics([NewTopic(name, partitions, 1, config=dotted)]).values():
        future.result()


async def test_topics_are_made_as_the_design_has_them(kafka: KafkaServer, prefix: str, admin: AdminClient) -> None:
    async with open_log(kafka.url, prefix=prefix) as log:
        await ready(log)
        shards = {stream: len(await log.extent(stream)) for stream in Stream}
    assert shards == {Stream.MESSAGES: 12, Stream.RECEIPTS: 12, Stream.CONTACTS: 3, Stream.DEAD_LETTERS: 3}
    resource = ConfigResource(ResourceType.TOPIC, f"{prefix}xasup.messages")
    [settings] = [future.result() for future in admin.describe_configs([resource]).values()]
    assert settings["retention.ms"].value == "-1"
    assert settings["message.timestamp.type"].value == "LogAppendTime"


async def test_topics_that_exist_are_taken_as_they_are(kafka: KafkaServer, prefix: str, admin: AdminClient) -> None:
    make(admin, f"{prefix}xasup.messages", 5)
    async with open_log(kafka.url, prefix=prefix) as log:
        outcomes = positions(await log.append(talk(50, keys=25)))
        assert {position.shard for position in outcomes} == set(range(5))
        assert len(await log.extent(Stream.MESSAGES)) == 5


async def test_keys_are_where_librdkafka_puts_them(kafka: KafkaServer, prefix: str) -> None:
    keys = [b"k%d" % number for number in range(40)] + [b"alice:bob", b"g:hikers", "ünïcode".encode()]
    theirs: dict[bytes, int] = {}

    def report(error: object, delivered: Message) -> None:
        theirs[delivered.key()] = delivered.partition()  # type: ignore[index,assignment]  # it has both

    async with open_log(kafka.url, prefix=prefix) as log:
        outcomes = positions(await log.append([Record(Stream.MESSAGES, key, b"v") for key in keys]))
    producer = Producer({**kafka.client, "partitioner": "murmur2_random"})
    for key in keys:
        producer.produce(f"{prefix}xasup.messages", b"v", key, on_delivery=report)
    assert producer.flush(10) == 0
    assert theirs == {key: position.shard for key, position in zip(keys, outcomes, strict=True)}


async def test_what_a_topic_finds_too_large_hinders_nothing_else(
    kafka: KafkaServer, prefix: str, admin: AdminClient
) -> None:
    make(admin, f"{prefix}xasup.messages", 2, max_message_bytes="20000")
    records = talk(300, keys=4)
    large = {20, 21, 150, 299}
    for index in large:
        records[index] = records[index]._replace(value=bytes(30_000))
    async with open_log(kafka.url, prefix=prefix) as log:
        calls = [log.append(records[first : first + 50]) for first in range(0, 300, 50)]
        outcomes = [outcome for call in calls for outcome in await call]
        assert [type(each) for each in outcomes] == [Malformed if n in large else Position for n in range(300)]
        found = by_key(await take(log, 300 - len(large)))
    for key, values in found.items():
        assert values == [each.value for n, each in enumerate(records) if each.key == key and n not in large]


async def test_a_limit_that_is_lowered_meanwhile_ends_the_appender(
    kafka: KafkaServer, prefix: str, admin: AdminClient
) -> None:
    async with open_log(kafka.url, prefix=prefix) as log:
        await log.append(talk(10))
        entry = ConfigEntry("max.message.bytes", "2000", incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, f"{prefix}xasup.messages", incremental_configs=[entry])
        for future in admin.incremental_alter_configs([resource]).values():
            future.result()
        with pytest.raises(Fatal):
            async with asyncio.timeout(PATIENCE):
                while True:  # the broker hears of it in its own time
                    await log.append([message("k", bytes(300)) for _ in range(50)])
        with pytest.raises(Fatal):
            await log.append(talk(1))
    async with open_log(kafka.url, prefix=prefix) as log:  # the supervisor has started it again
        outcomes = await log.append([message("k", bytes(300)) for _ in range(50)] + [message("k", bytes(3000))])
        assert [type(outcome) for outcome in outcomes] == [Position] * 50 + [Malformed]


async def test_more_than_librdkafka_has_room_for_goes_out_bit_by_bit(kafka: KafkaServer, prefix: str) -> None:
    async with open_log(f"{kafka.url}&queue.buffering.max.messages=50", prefix=prefix) as log:
        flow = Flow(log, size=170, under_way=2000)
        await flow.appended(3000)
        await flow.check()


async def test_what_was_deleted_is_missed_by_its_reader(kafka: KafkaServer, prefix: str, admin: AdminClient) -> None:
    async with open_log(kafka.url, prefix=prefix) as log:
        await log.append(talk(10))
        entries = await take(log, 10)
        place = entries[6].position
        where = TopicPartition(f"{prefix}xasup.messages", place.shard, int(place.offset))
        for future in admin.delete_records([where]).values():
            future.result()
        with pytest.raises(Trimmed):
            await take(log, 1, after(entries[:3]))
        with pytest.raises(Trimmed):
            await take(log, 1, {Shard(Stream.MESSAGES, place.shard): "1000"})
        assert [entry.value for entry in await take(log, 4)] == [b"6", b"7", b"8", b"9"]


async def test_kcat_reads_what_was_appended_byte_for_byte(kafka: KafkaServer, prefix: str) -> None:
    if shutil.which("kcat") is None:
        reason = "no kcat; install it with `apt-get install kcat`"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    headers = [(str(Header.ID), b"0190"), (str(Header.SUBJECT), b"xasup/v1/u/bob/msg/alice"), ("from", b"alice")]
    record = Record(Stream.MESSAGES, b"alice:bob", bytes(range(256)), headers)
    async with open_log(kafka.url, prefix=prefix) as log:
        [position] = positions(await log.append([record]))
    argv = ["kcat", "-F", str(kafka.kcat), "-C", "-t", f"{prefix}xasup.messages", "-e", "-q", "-D", ""]
    done = await asyncio.to_thread(subprocess.run, [*argv, "-f", "%p/%o;%k;%h;%s"], capture_output=True, check=True)
    spelled = ",".join(f"{name}={value.decode()}" for name, value in headers).encode()
    assert done.stdout == b";".join([str(position).encode(), record.key, spelled, record.value])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("kafka://127.0.0.1:1?no.such.setting=1", "no.such.setting"),
        ("kafka://127.0.0.1:1?acks=1", "acks cannot be chosen"),
        ("kafka://127.0.0.1:99999", "expected kafka://host:port"),
        ("kafka://127.0.0.1:1/topic", "expected kafka://host:port"),
    ],
)
async def test_a_url_of_kafka_that_means_nothing_is_refused(url: str, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        async with open_log(url):
            pass
