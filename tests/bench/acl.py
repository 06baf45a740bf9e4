"""`acl`: what the plugin costs. One-to-one messages of QoS 1 at saturation, our plugin against bare Mosquitto.

The peer runs with the same configuration file less the plugin.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.beside import beside
from tests.bench.brokers import OURS, settings_of, two_brokers, versions
from tests.bench.directories import filled, rewriting
from tests.bench.duel import Duel, brief, loads
from tests.bench.generator import Generator, build
from tests.bench.population import Population
from tests.bench.rounds import Contest, closing

PAYLOAD, WINDOW = 150, 20  # bytes; messages under way per sender


def run(
    folder: Path,
    contest: Contest,
    rounds: int = 15,
    edges: int = 5_000_000,
    seconds: float = 0.8,
    size: int = 50,
    with_bridge: bool = False,
) -> dict[str, Any]:
    """*seconds*: of each measurement; *size*: senders; *with_bridge*: measure what our bridge takes from it instead."""
    if with_bridge:
        return beside(folder, contest, rounds, edges, seconds, size)
    generator = build(folder)
    people = Population.of_edges(edges, at_least=2 * size)
    pairs, spread, one = _plans(generator, people, size)
    words = {"payload": PAYLOAD, "window": WINDOW, "seconds": seconds, "warm-up": min(0.3, seconds)}
    directory = filled(settings_of(folder, OURS).directory, people, contest.say)
    with two_brokers(folder) as (ours, peer):
        duel = Duel(generator, ours, peer, contest)
        main = duel.compare("one-to-one", pairs, rounds, **words)
        contacts = duel.compare("each sender to ten contacts in turn", spread, min(5, rounds), **words)
        with rewriting(directory, people):
            changing = duel.compare("one-to-one while the directory changes", pairs, min(5, rounds), **words)
        unloaded = duel.compare("one message at a time", one, min(5, rounds), **words | {"window": 1})
    tells = {
        "edges": people.edges,
        "users": people.users,
        "directory_mib": directory.mib,
        "senders": size,
        "payload_bytes": PAYLOAD,
        "window": WINDOW,
        **loads(main),
        "each_to_ten_contacts": brief(contacts),
        "while_directory_changes": brief(changing),
        "unloaded": {"p50_us": unloaded.medians("p50_us", 1), "p99_us": unloaded.medians("p99_us", 1)},
        "versions": versions(),
    }
    return closing("acl", "rate", "msg/s", main, tells)


def _plans(generator: Generator, people: Population, size: int) -> list[Path]:
    """Senders to one contact each, to all of their contacts, and a single pair."""
    senders = people.sample(size)
    to_one = {index: people.contacts(index)[:1] for index in senders}
    to_all = {index: people.contacts(index) for index in senders}
    single = {senders[0]: to_one[senders[0]]}
    plans = []
    for name, routes in (("pairs", to_one), ("spread", to_all), ("one", single)):
        receivers = dict.fromkeys(other for others in routes.values() for other in others)
        lines = [people.receiver(index) for index in receivers]
        plans.append(generator.plan(name, lines + [people.sender(index, to) for index, to in routes.items()]))
    return plans
