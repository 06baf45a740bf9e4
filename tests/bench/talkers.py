"""Two ways to talk: our client engine, and the same flow on bare aiomqtt: message, receipt, nothing else.

A talker sends messages to one other and hears when they are delivered; a listener delivers. Refuses to know: figures.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import aiomqtt

from xasup.client import Client, StateChanged
from xasup.protocol import envelope, receipts, topics
from xasup.protocol.connect import ConnectString
from xasup.protocol.envelope import Message
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.receipts import Receipt
from xasup.protocol.states import State

Delivered = Callable[[str], None]
Send = Callable[[str], Awaitable[str]]

IN_FLIGHT = 1000  # publishes of aiomqtt without an acknowledgement; more than the window of any measurement


@asynccontextmanager
async def ours(account: ConnectString, to: UserId, file: Path, delivered: Delivered) -> AsyncIterator[Send]:
    """The engine; receipts for what arrives are its own business."""

    async def hear() -> None:
        async for event in me.events():
            if isinstance(event, StateChanged) and event.state is State.DELIVERED:
                delivered(event.id)

    async def send(text: str) -> str:
        return await me.send(to, text)

    async with Client(account, file) as me:
        await me.online()
        hearing = asyncio.create_task(hear())
        yield send
    await hearing


@asynccontextmanager
async def bare(account: ConnectString, to: UserId, file: Path, delivered: Delivered) -> AsyncIterator[Send]:
    """No store, no states, no repetition; as fast as the library allows: no PUBACK is waited for in turn."""
    me = account.client.user
    numbers, running = count(1), set[asyncio.Task[None]]()

    async def send(text: str) -> str:
        number = next(numbers)
        id = MessageId(f"{time.time_ns():x}-{number}")
        payload = envelope.encode(Message(id, time.time_ns() // 1_000_000, text, number))
        await client.publish(topics.message(to, me), payload, qos=1)
        return id

    async def hear() -> None:
        mine = topics.receipt(me, to)
        async for message in client.messages:
            payload = bytes(message.payload)
            if str(message.topic) == mine:
                for id in receipts.decode(payload).delivered:
                    delivered(id)
            else:
                arrived = envelope.decode(payload)
                assert isinstance(arrived, Message)
                receipt = receipts.encode(Receipt(delivered=(arrived.id,)))
                task = asyncio.create_task(client.publish(topics.receipt(to, me), receipt, qos=1))
                running.add(task)
                task.add_done_callback(running.discard)

    async with aiomqtt.Client(
        account.host,
        account.port,
        identifier=str(account.client),
        username=me,
        password=account.token,
        protocol=aiomqtt.ProtocolVersion.V5,
        max_inflight_messages=IN_FLIGHT,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    ) as client:
        client.pending_calls_threshold = IN_FLIGHT  # only a warning, but one that costs
        await client.subscribe(topics.mailbox(me), qos=1)
        hearing = asyncio.create_task(hear())
        yield send
        hearing.cancel()
        await asyncio.wait([hearing, *running])
