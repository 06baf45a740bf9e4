"""A task that is told to end while an answer of the broker arrives does end."""

from __future__ import annotations

import asyncio
import sys

import aiomqtt
import pytest

from xasup.wire.mqtt.session import Session
from xasup.wire.mqtt.values import Address


async def _cancelled_with_the_answer(client: aiomqtt.Client) -> asyncio.Task[None]:
    answer = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(client._wait_for(answer, 10))
    await asyncio.sleep(0)  # it waits now
    answer.set_result(None)
    task.cancel()
    await asyncio.wait([task])
    return task


async def test_a_cancellation_that_comes_together_with_the_answer_is_not_forgotten() -> None:
    nobody = Address("127.0.0.1", 1, "alice:phone", "alice", "token")
    session = Session(nobody, None, 0, 30, 10, lambda data, frames: None, lambda error: None)
    assert (await _cancelled_with_the_answer(session)).cancelled()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="asyncio.wait_for was mended in Python 3.12")
async def test_aiomqtt_alone_forgets_it() -> None:
    assert not (await _cancelled_with_the_answer(aiomqtt.Client("127.0.0.1"))).cancelled()
