"""The service, put together: what follows the log, and what answers requests.

Refuses to know: where settings come from, who starts it.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Sequence
from functools import partial

from history.consumer import Consumer
from history.fence import Fence
from history.horizon import Horizon
from history.metrics import Metrics
from history.reception import SERVICE, Reception
from history.shelf import Shelf
from xasup.protocol import topics
from xasup.protocol.ids import service_account
from xasup.protocol.topics import Kind
from xasup.runtime.line import Line
from xasup.runtime.service_address import service_address
from xasup.runtime.settings import Settings
from xasup.wire.log.port import Log
from xasup.wire.mqtt import Address, Incoming, Subscription, Wire

SESSION = 60  # seconds for which requests wait in the broker: whoever waits longer asks again


async def serve(settings: Settings, source: Log, shelf: Shelf, metrics: Metrics, ready: Callable[[], None]) -> None:
    """Until cancelled. *ready* is called once requests are subscribed to, however far the mailboxes are behind.

    Raises Unavailable where the secret cannot be read, Damaged where the mailboxes are found so.
    """
    line = line_of(service_address(settings, SERVICE))
    work = asyncio.ensure_future(attend(line, source, shelf, metrics, lambda: secrets.token_hex(8), ready))
    watch = asyncio.ensure_future(shelf.watch())
    try:
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        await (watch if watch.done() else work)
    finally:
        for task in (work, watch):
            task.cancel()
        await asyncio.gather(work, watch, return_exceptions=True)


async def attend(
    line: Line, source: Log, shelf: Shelf, metrics: Metrics, new_id: Callable[[], str], ready: Callable[[], None]
) -> None:
    """The same over *line*. *new_id*: names a question to the bridge."""
    metrics.watch(line)
    consumer = Consumer(source, shelf, metrics)
    async with asyncio.TaskGroup() as tasks:
        fence = Fence(line, new_id)
        reception = Reception(line, shelf, Horizon(source, fence.passed), consumer, metrics, tasks)
        tasks.create_task(consumer.run(), name="consumer")
        tasks.create_task(consumer.tell(), name="commits to the log")
        tasks.create_task(line.keep(partial(_sort, reception, fence)), name="connection")
        await line.stands.wait()
        ready()


def _sort(reception: Reception, fence: Fence, wire: Wire, batch: Sequence[Incoming]) -> None:
    """Requests, and what the bridge says to us."""
    asked = []
    for message in batch:
        if topics.parse(message.topic).kind is Kind.REQUEST:
            asked.append(message)
        else:
            wire.ack((message,))
            fence.heard(message.payload)
    reception.take(wire, asked)


def line_of(address: Address, dice: Callable[[], float] = random.random) -> Line:
    """The service's connection, with what it listens to."""
    wanted = [Subscription(topics.requests(SERVICE)), Subscription(topics.mailbox(service_account(SERVICE)))]
    return Line(SERVICE, address, wanted, dice, SESSION)
