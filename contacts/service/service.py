"""The service, put together: three connections, one notifier, and what is done on the side.

Refuses to know: where settings come from, who starts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from contacts.metrics import Metrics
from contacts.operations import chores
from contacts.service.desk import SERVICES
from contacts.service.enforcement import Enforcement
from contacts.service.expiry import Expiry
from contacts.service.notifier import Notifier
from contacts.service.patience import Patience
from contacts.service.reception import Reception
from contacts.service.seen import Seen
from xasup.protocol import topics
from xasup.protocol.changes import Change
from xasup.protocol.errors import Unavailable, XasupError
from xasup.protocol.ids import service_account
from xasup.protocol.topics import Kind
from xasup.runtime.line import Line
from xasup.runtime.service_address import service_address
from xasup.runtime.settings import Settings
from xasup.wire.mqtt import Incoming, Subscription, Wire
from xasup.wire.truth.port import Truth

log = structlog.get_logger()

AGAIN = 0.25  # seconds before the truth is asked again
CHORES_EVERY, CHORES_AGE = 60.0, 30_000  # seconds; milliseconds after which somebody else's chore counts as left


async def serve(
    settings: Settings,
    truth: Truth,
    metrics: Metrics,
    now: Callable[[], int],
    ready: Callable[[], None],
    enforcement: Enforcement,
) -> None:
    """Until cancelled. *now*: milliseconds since the epoch; *ready* is called once all requests are subscribed to;
    *enforcement*: new.

    Raises Unavailable where the secrets cannot be read.
    """
    lines = {service: _line(settings, service) for service in SERVICES}
    patience = Patience(enforcement, asyncio.get_running_loop())
    seen, expiry = Seen(truth, now), Expiry(truth, now)

    def observe(change: Change) -> None:
        expiry.observe(change)
        metrics.changed()

    notifier = Notifier(truth, lines, enforcement, observe)
    metrics.watch(lines, notifier, enforcement)
    async with asyncio.TaskGroup() as tasks:
        for service, line in lines.items():
            reception = Reception(line, truth, enforcement, patience, metrics, tasks, now)
            take = partial(_sort, reception, seen) if service == "devices" else reception.take
            tasks.create_task(line.keep(take), name=f"connection of {service}")
        tasks.create_task(_follow(truth, settings.node, enforcement, metrics), name="enforcement")
        tasks.create_task(notifier.follow(), name="notifier")
        tasks.create_task(notifier.store(), name="position of the notifier")
        tasks.create_task(seen.write(), name="last seen")
        tasks.create_task(expiry.watch(), name="expiry")
        tasks.create_task(_do_chores(truth, now), name="chores")
        for line in lines.values():
            await line.stands.wait()
        ready()


def _line(settings: Settings, service: str) -> Line:
    own = [Subscription(topics.mailbox(service_account(service)))] if service == "devices" else []
    return Line(service, service_address(settings, service), [Subscription(topics.requests(service)), *own])


def _sort(reception: Reception, seen: Seen, wire: Wire, batch: Sequence[Incoming]) -> None:
    """The devices' connection gets requests, and what the broker says about connections."""
    requests = []
    for message in batch:
        if topics.parse(message.topic).kind is Kind.REQUEST:
            requests.append(message)
        else:
            seen.note(message.payload)
            wire.ack((message,))
    reception.take(wire, requests)


async def _follow(truth: Truth, node: str, enforcement: Enforcement, metrics: Metrics) -> None:
    """Hear how far the directory has come, for ever."""
    while True:
        try:
            async for position in truth.watch_applied(node):
                metrics.truth = ""
                enforcement.reached(position)
        except Unavailable as error:
            metrics.truth = str(error)
            log.warning("the directory's progress cannot be followed", reason=str(error))
        await asyncio.sleep(AGAIN)


async def _do_chores(truth: Truth, now: Callable[[], int]) -> None:
    """Finish what others began and left, for ever."""
    while True:
        try:
            if count := await chores.finish_all(truth, now=now(), before=now() - CHORES_AGE):
                log.info("finished what was left", chores=count)
        except XasupError as error:
            log.warning("chores cannot be done now", reason=str(error))
        await asyncio.sleep(CHORES_EVERY)
