"""`fanout`: one group message to all its members, each delivery through the plugin, against bare Mosquitto."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.brokers import OURS, settings_of, two_brokers, versions
from tests.bench.directories import filled
from tests.bench.duel import Duel, loads
from tests.bench.generator import build
from tests.bench.population import Population
from tests.bench.rounds import Contest, closing

PAYLOAD, WINDOW = 150, 2  # bytes; group messages under way


def run(
    folder: Path,
    contest: Contest,
    rounds: int = 15,
    edges: int = 1_000_000,
    seconds: float = 0.8,
    size: int = 1000,
) -> dict[str, Any]:
    """*seconds*: of each measurement; *size*: members that listen."""
    generator = build(folder)
    people = Population.of_edges(edges, at_least=size + 1, members=size + 1)
    speaker, *members = people.sample(size + 1)
    plan = generator.plan("group", [*(people.member(index) for index in members), people.speaker(speaker)])
    words = {"payload": PAYLOAD, "receivers": size, "seconds": seconds, "warm-up": min(0.3, seconds)}
    filled(settings_of(folder, OURS).directory, people, contest.say)
    with two_brokers(folder) as (ours, peer):
        duel = Duel(generator, ours, peer, contest)
        main = duel.compare(f"one message to {size} members", plan, rounds, window=WINDOW, **words)
        unloaded = duel.compare("one message at a time", plan, min(3, rounds), window=1, **words)
    tells = {
        "members": size,
        "edges": people.edges,
        "payload_bytes": PAYLOAD,
        "window": WINDOW,
        **loads(main),
        "until_the_last_member_p50_ms": {side: round(us / 1000, 2) for side, us in unloaded.medians("p50_us").items()},
        "versions": versions(),
    }
    return closing("fanout", "rate", "deliveries/s", main, tells)
