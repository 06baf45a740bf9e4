"""What a batch leaves behind when it has its outcomes, or never gets them: nothing that only a look for cycles would
find."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError

from tests.support.log import message
from xasup.wire.log.kafka_batch import Batch, Tally
from xasup.wire.log.port import Outcome, Position, Record


class Sent:
    """As much of librdkafka's message as a report shows. *number*: its offset."""

    def __init__(self, number: int) -> None:
        self._number = number

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._number


@pytest.fixture
def untidied() -> Iterator[None]:
    """As the bridge runs: cycles stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def judge(record: Record, error: KafkaError) -> Outcome | None:
    raise AssertionError(f"{record}: {error}")


class Watched(Batch):
    __slots__ = ("__weakref__",)


def on_its_way(tally: Tally) -> Watched:
    """Two records of one partition, handed over."""
    batch = Watched([message("alice:bob", b"1")] * 2, asyncio.get_running_loop().create_future(), judge, tally)
    tally.pending += 2
    for index in range(2):
        batch.share("messages")[0][0].append(index)
    return batch


@pytest.mark.usefixtures("untidied")
async def test_a_batch_is_gone_with_its_last_report() -> None:
    tally = Tally()
    batch = on_its_way(tally)
    done, gone, (_, report) = batch.done, weakref.ref(batch), batch.share("messages")
    del batch
    for number in range(2):
        report(None, Sent(number))  # type: ignore[arg-type] # a stand-in
    assert await done == [Position(0, "0"), Position(0, "1")]
    assert tally == Tally(0, news=True)
    del report
    assert gone() is None


@pytest.mark.usefixtures("untidied")
async def test_a_batch_is_gone_when_nobody_will_report() -> None:
    batch = on_its_way(Tally())
    gone = weakref.ref(batch)
    batch.fail(ValueError("closed"))
    del batch
    assert gone() is None


@pytest.mark.usefixtures("untidied")
async def test_control_one_that_is_waited_for_is_not() -> None:
    batch = on_its_way(Tally())
    gone = weakref.ref(batch)
    del batch
    assert gone() is not None
