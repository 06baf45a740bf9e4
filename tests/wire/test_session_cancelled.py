"""A task that is told to end while it waits for an answer of the broker does end, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import aiomqtt
import pytest

from xasup.wire.mqtt.session import Session
from xasup.wire.mqtt.values import Address


def _session(port: int) -> Session:
    address = Address("127.0.0.1", port, "alice:phone", "alice", "token")
    return Session(address, None, 0, 30, 10, lambda data, frames: None, lambda error: None)


async def _cancelled_together_with(end: Exception | None, client: aiomqtt.Client) -> asyncio.Task[None]:
    """*end*: of the wait; None: the answer comes."""
    answer = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(client._wait_for(answer, 10))
    await asyncio.sleep(0)  # it waits now
    if end is None:
        answer.set_result(None)
    else:
        answer.set_exception(end)
    task.cancel()
    await asyncio.wait([task])
    return task


ENDS = pytest.mark.parametrize("end", [None, aiomqtt.MqttError("the connection was closed")], ids=["answer", "lost"])


@ENDS
async def test_a_cancellation_that_comes_together_with_the_end_of_the_wait_is_not_forgotten(
    end: Exception | None,
) -> None:
    assert (await _cancelled_together_with(end, _session(1))).cancelled()


@ENDS
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="asyncio.wait_for was mended in Python 3.12")
async def test_aiomqtt_alone_forgets_it(end: Exception | None) -> None:
    task = await _cancelled_together_with(end, aiomqtt.Client("127.0.0.1"))
    assert not task.cancelled() and task.exception() is end


async def test_who_stops_waiting_for_the_connack_leaves_in_silence() -> None:
    """The connection ends after the wait was cancelled, and paho tells of it."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    asked, ended = asyncio.Event(), asyncio.Event()

    async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        await reader.read()
        writer.close()
        ended.set()

    async with await asyncio.start_server(never_answers, "127.0.0.1", 0) as server, asyncio.timeout(10):
        session = _session(server.sockets[0].getsockname()[1])
        task = asyncio.create_task(session.open())
        await asked.wait()
        task.cancel()
        await asyncio.wait([task])
        await ended.wait()
    assert task.cancelled()
    assert session.lost is not None
    assert complaints == []
