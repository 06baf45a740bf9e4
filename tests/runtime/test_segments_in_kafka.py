"""A real Kafka under its supervisor: its segments cut at rest, and what it does with them by itself."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.runtime.test_kafka import settings_in
from tests.support.kafka import jars
from tests.support.log import ready, take, talk
from xasup.protocol.errors import Damaged, Unavailable
from xasup.runtime import kafka_server, maven
from xasup.runtime.segments import Segments
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child
from xasup.wire.log import open_log

pytestmark = [pytest.mark.xdist_group("kafka"), pytest.mark.timeout(300)]  # Kafka starts eight times


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    jars(maven.VERSION)
    return settings_in(tmp_path).model_copy(update={"log": "kafka"})


async def append(settings: Settings, first: int, count: int) -> None:
    """One batch each, of one conversation."""
    async with open_log(settings.log_url) as log:
        await ready(log)
        for number in range(first, first + count):
            await log.append(talk(1, first=number))


async def read(settings: Settings, count: int) -> list[int]:
    async with open_log(settings.log_url) as log:
        await ready(log)
        return [int(entry.value) for entry in await take(log, count)]


def segment(settings: Settings) -> Path:
    found = kafka_server.segments(settings).glob("xasup.messages-*/*.log")
    return max(found, key=lambda it: it.stat().st_size)


async def refused(settings: Settings, parts: Mapping[str, Child]) -> Path:
    """The last 9 bytes of the last record are lost at rest; returns a copy of the good file."""
    path, copy = segment(settings), settings.data / "copy"
    with pytest.raises(Unavailable, match=f"{path} was cut from .*put the good file back"):
        async with parts["kafka"].away():
            shutil.copyfile(path, copy)
            os.truncate(path, path.stat().st_size - 9)
    return copy


async def test_a_segment_that_was_cut_at_rest_is_refused_until_it_is_whole_or_given_up(settings: Settings) -> None:
    async with kafka_server.kafka(settings) as parts:
        await append(settings, 0, 10)
        path = segment(settings)

        async with parts["kafka"].away(signal.SIGKILL):  # as it was writing
            with path.open("ab") as file:
                file.write(path.read_bytes()[:50])
        await append(settings, 10, 10)
        assert await read(settings, 20) == list(range(20)), "what Kafka drops by itself is no damage"

        copy = await refused(settings, parts)
        shutil.copyfile(copy, path)
        await parts["kafka"].serving.wait()
        assert await read(settings, 20) == list(range(20)), "the good file was put back"

        await refused(settings, parts)
        path.with_suffix(".index").unlink()  # as the sentence says
        Segments(kafka_server.segments(settings)).file.unlink()
        await parts["kafka"].serving.wait()
        await append(settings, 20, 5)
        assert await read(settings, 24) == [*range(19), *range(20, 25)], "the torn record alone is lost"


async def test_control_without_seals_kafka_goes_on_behind_the_torn_record(settings: Settings) -> None:
    async with kafka_server.kafka(settings) as parts:
        await append(settings, 0, 10)
        async with parts["kafka"].away():
            path = segment(settings)
            os.truncate(path, path.stat().st_size - 9)
            Segments(kafka_server.segments(settings)).file.unlink()
        await append(settings, 10, 5)
        with pytest.raises(Damaged, match=r"xasup.messages, partition \d+ in Kafka is damaged"):
            await read(settings, 14)
