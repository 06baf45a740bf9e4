"""The service, put together: what follows the log, and what answers requests.

Refuses to know: where settings come from, who starts it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from history.consumer import Consumer
from history.fence import Fence
from history.horizon import Horizon
from history.metrics import Metrics
from history.reception import SERVICE, Reception
from history.shelf import Shelf
from xasup.protocol import topics
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, DeviceId, service_account
from xasup.protocol.topics import Kind
from xasup.runtime.line import Line
from xasup.runtime.settings import Settings
from xasup.wire.log.port import Log
from xasup.wire.mqtt import Address, Incoming, Subscription, Wire

SESSION = 60  # seconds for which requests wait in the broker: whoever waits longer asks again


async def serve(settings: Settings, source: Log, shelf: Shelf, metrics: Metrics, ready: Callable[[], None]) -> None:
    """Until cancelled. *ready* is called once requests are subscribed to, however far the mailboxes are behind.

    Raises Unavailable where the secret cannot be read.
    """
    line = _line(settings)
    metrics.watch(line)
    consumer = Consumer(source, shelf, metrics)
    async with asyncio.TaskGroup() as tasks:
        fence = Fence(line, lambda: secrets.token_hex(8))
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


def _line(settings: Settings) -> Line:
    account = service_account(SERVICE)
    address = Address(
        host=settings.local_host,
        port=settings.mqtt_port,
        client_id=str(ClientId(account, DeviceId(settings.node))),
        username=account,
        password=_token(settings.secrets / account),
    )
    wanted = [Subscription(topics.requests(SERVICE)), Subscription(topics.mailbox(account))]
    return Line(SERVICE, address, wanted, session=SESSION)


def _token(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise Unavailable(f"the token of a service cannot be read: {path}: {error.strerror}") from None
