"""`connections`: what an idle connection costs the broker in memory, our plugin against bare Mosquitto.

Counted is anonymous memory (what the process itself allocated), before and after the connections came; the pages of
the directory that are mapped into it belong to the page cache, are shared, can be dropped, and are told apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.brokers import BARE, OURS, memory, serve, settings_of, versions
from tests.bench.directories import filled
from tests.bench.generator import build
from tests.bench.population import Population
from tests.bench.rounds import Contest, Rounds, Sample, closing


def run(folder: Path, contest: Contest, rounds: int = 5, edges: int = 1_000_000, size: int = 5000) -> dict[str, Any]:
    """*size*: connections, each subscribed to its own mailbox."""
    generator = build(folder)
    people = Population.of_edges(edges, at_least=size)
    plan = generator.plan("idle", (people.receiver(index) for index in people.sample(size)))

    def measure(name: str) -> Sample:
        with serve(folder, name) as broker:  # a new one each time: an allocator does not give back what it had
            before = memory(broker.pid)
            with generator.hold(broker.port, plan) as ready:
                after = memory(broker.pid)
        grown = {kind: (after[kind] - before[kind]) / ready for kind in after}
        return {"bytes": grown["anonymous"], "mapped": grown["file"], "idle_broker": before["anonymous"]}

    filled(settings_of(folder, OURS).directory, people, contest.say)
    main = contest.alternate(lambda: measure(OURS), lambda: measure(BARE), rounds, "bytes", "B/connection")
    return closing("connections", "bytes", "anonymous bytes/connection", main, _tells(main, people, size))


def _tells(main: Rounds, people: Population, size: int) -> dict[str, Any]:
    return {
        "connections": size,
        "edges": people.edges,
        "mapped_file_bytes_per_connection": main.medians("mapped", 1),
        "broker_before_bytes": main.medians("idle_broker", 0),
        "ratio_with_the_plugins_own_tables": _with_base(main, size),
        "versions": versions(),
    }


def _with_base(main: Rounds, size: int) -> float:
    """The same ratio when the anonymous memory of the broker without connections is spread over them too."""
    each, base = main.medians("bytes"), main.medians("idle_broker")
    return round((each["ours"] + base["ours"] / size) / (each["peer"] + base["peer"] / size), 4)
