"""What the contacts service tells of itself: answers by outcome and time, what waits, and whether it is well."""

from __future__ import annotations

import asyncio
import json

from prometheus_client import generate_latest

from contacts.metrics import OK, Metrics
from contacts.service.enforcement import Enforcement
from tests.support.backend import Backend, people
from xasup.runtime import parts
from xasup.runtime.line import Line
from xasup.runtime.parts import HOST, Part
from xasup.wire.mqtt import Address

SOON = 10.0  # seconds


class Clock:
    """By hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Notifier:
    waiting = (3, 2)


def a_service() -> tuple[Metrics, Clock, Line, Enforcement]:
    clock, enforcement = Clock(), Enforcement()
    metrics = Metrics(clock)
    line = Line("contacts", Address(HOST, 1, "svc-contacts:local"), [])
    assert metrics.facts() == {"state": "starting"}
    metrics.watch({"contacts": line}, Notifier(), enforcement)
    return metrics, clock, line, enforcement


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_a_decision_is_answered_when_it_is_enforced() -> None:
    metrics, clock, _, enforcement = a_service()
    metrics.decided("contacts", "ask", "5-0", clock.now)
    metrics.decided("contacts", "accept", "6-0", clock.now)
    clock.now += 0.015
    enforcement.reached("5-0")
    assert value(metrics, "xasup_contacts_requests_total", service="contacts", op="ask", outcome=OK) == 1
    assert value(metrics, "xasup_contacts_requests_total", service="contacts", op="accept", outcome=OK) is None
    clock.now += 1
    enforcement.reached("7-0")
    metrics.decided("contacts", "accept", "6-5", clock.now)  # the directory was faster than we
    assert value(metrics, "xasup_contacts_requests_total", service="contacts", op="accept", outcome=OK) == 2
    within = {
        limit: value(metrics, "xasup_contacts_answer_seconds_bucket", service="contacts", le=limit)
        for limit in ("0.01", "0.02", "2.0")
    }
    assert within == {"0.01": 1, "0.02": 2, "2.0": 3}
    assert metrics.facts()["requests"] == 3


def test_it_is_well_while_it_hears_the_broker_and_the_truth() -> None:
    metrics, _, line, _ = a_service()
    assert (metrics.facts()["state"], metrics.facts()["reason"]) == (
        "waiting",
        "no connection to the broker for contacts",
    )
    assert value(metrics, "xasup_contacts_connected", service="contacts") == 0
    line.stands.set()
    assert (metrics.facts()["state"], metrics.facts()["reason"]) == ("ok", "")
    assert value(metrics, "xasup_contacts_connected", service="contacts") == 1
    metrics.truth = "redis is away"
    assert (metrics.facts()["state"], metrics.facts()["reason"]) == ("waiting", "redis is away")
    assert metrics.facts()["changes_waiting_on_directory"] == 3
    assert value(metrics, "xasup_contacts_changes_waiting", on="broker") == 2
    assert b"xasup_contacts_changes_total 0.0" in generate_latest(metrics.registry)


async def test_a_real_service_counts_what_it_answers(backend: Backend) -> None:
    async with people(*await backend.users("ann", "ben")) as (ann, ben):
        before = (await contacts(backend)).facts
        await ann.ask("contacts", op="ask", user=ben.user)
        await ben.ask("contacts", op="accept", user=ann.user)
        await ben.ask("contacts", op="list")
        after = await contacts(backend)
    assert after.well and after.facts["requests"] - before["requests"] == 3
    assert after.facts["changes"] - before["changes"] == 2
    metrics = await page(backend)
    assert 'xasup_contacts_requests_total{op="list",outcome="ok",service="contacts"}' in metrics


async def test_without_the_broker_it_says_so(own_backend: Backend) -> None:
    own_backend.mosquitto.stop()
    async with asyncio.timeout(SOON):
        while (found := await contacts(own_backend)).well:
            await asyncio.sleep(0.02)  # nothing announces that a page has changed
    assert (found.state, found.facts["reason"]) == (
        "waiting",
        "no connection to the broker for contacts, groups, devices",
    )


async def contacts(backend: Backend) -> Part:
    return await parts.look_at(backend.settings, "contacts")


async def page(backend: Backend) -> str:
    port = json.loads((backend.settings.run / "contacts.json").read_bytes())["port"]
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    return text
