"""`acl --with-bridge`: what the direct path loses to a bridge that mirrors all of it into Redis, on the same cores.

Two brokers with the plugin under the same load in turn; ours has the bridge beside it, the peer nobody.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.bench.brokers import OURS, Broker, serve, settings_of, versions
from tests.bench.directories import filled
from tests.bench.duel import loads, sound
from tests.bench.generator import build
from tests.bench.mirrors import LogServer, bridging, log_server, service
from tests.bench.population import Population
from tests.bench.rounds import Contest, Sample, closing
from xasup.protocol.streams import Stream
from xasup.wire.directory import DirectoryWriter

PAYLOAD, WINDOW = 150, 20  # bytes; messages under way per sender
_STILL = 0.3  # seconds without a new record, after which the bridge has all


def beside(folder: Path, contest: Contest, rounds: int, edges: int, seconds: float, size: int) -> dict[str, Any]:
    """As acl's run()."""
    generator = build(folder)
    people = Population.of_edges(edges, at_least=2 * size)
    routes = {index: people.contacts(index)[:1] for index in people.sample(size)}
    receivers = dict.fromkeys(other for others in routes.values() for other in others)
    plan = generator.plan(
        "pairs", [people.receiver(it) for it in receivers] + [people.sender(it, to) for it, to in routes.items()]
    )
    words = {"payload": PAYLOAD, "window": WINDOW, "seconds": seconds, "warm-up": min(0.3, seconds)}
    for side in ("with", "without"):
        path = settings_of(folder / side, OURS).directory
        filled(path, people, contest.say)
        with DirectoryWriter(path) as writer:
            writer.apply(service(), "1-0")
    with (
        log_server("redis") as log,
        serve(folder / "with", OURS) as busy,
        serve(folder / "without", OURS) as alone,
        bridging(folder, busy, log),
    ):

        def measure(broker: Broker) -> Sample:
            sample = sound(generator.run("flow", broker.port, plan, {**words, "watch": broker.pid}))
            _await_still(log)  # so that the other one is not measured while ours catches up
            return sample

        measured = contest.alternate(lambda: measure(busy), lambda: measure(alone), rounds, "rate", "msg/s")
    tells = {"with_bridge": True, "edges": people.edges, "senders": size, **loads(measured), "versions": versions()}
    return closing("acl", "rate", "msg/s", measured, tells)


def _await_still(log: LogServer) -> None:
    before, found = -1, log.count(Stream.MESSAGES)
    while found != before:
        time.sleep(_STILL)
        before, found = found, log.count(Stream.MESSAGES)
    log.forget(Stream.MESSAGES)
