"""`grants`: a contact is accepted over MQTT, until the answer, which comes when the broker enforces it.

Ours is a backend whose directory has millions of edges, the peer the same with a small one: a grant must not cost more
because there are many users. Who asked whom is set up beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench import backends
from tests.bench.brokers import versions
from tests.bench.generator import Generator, build
from tests.bench.population import Population
from tests.bench.rounds import Contest, Measure, Rounds, Sample, Say, closing
from tests.support.backend import Backend
from xasup.protocol import codec, topics
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId

IN_FLIGHT, PACE = 64, 200  # requests; requests a second of the calm measurement
SETTLE = 0.5  # seconds after connecting, in which the service notes who was last seen


def run(
    folder: Path,
    contest: Contest,
    rounds: int = 5,
    edges: int = 5_000_000,
    seconds: float = 2.0,
    size: int = 1000,
) -> dict[str, Any]:
    """*edges*: in the large directory; *seconds*: of each calm measurement; *size*: users who accept."""
    generator = build(folder)
    # twice as many asks as rounds need, since a round may be repeated
    rush, calm = 4 * size, int(PACE * seconds)
    large, small = Population.of_edges(edges, at_least=size), Population.of_edges(0, at_least=size)
    with ExitStack() as stack:
        ours, peer = (
            stack.enter_context(_side(folder, name, people, size, 2 * rounds * (rush + calm), generator, contest.say))
            for name, people in (("large", large), ("small", small))
        )
        contest.say(f"{IN_FLIGHT} in flight:")
        rushed = contest.alternate(ours.rush(rush), peer.rush(rush), rounds, "rate", "grants/s")
        contest.say(f"{PACE} a second:")
        calmed = contest.alternate(ours.calm(calm), peer.calm(calm), rounds, "p99_us", "µs p99")
    tells = {"users": size, "edges": {"ours": large.edges, "peer": small.edges}, "in_flight": IN_FLIGHT}
    return closing("grants", "rate", "grants/s", rushed, tells | _tells(rushed, calmed) | {"versions": versions()})


class _Side:
    """One backend, its users' connections, and a supply of accepts, each to be used once."""

    def __init__(self, generator: Generator, backend: Backend, plan: Path, requests: Path) -> None:
        self._generator, self._backend, self._plan, self._requests = generator, backend, plan, requests
        self._used = 0

    def rush(self, count: int) -> Measure:
        return lambda: self._accept(count, window=IN_FLIGHT)

    def calm(self, count: int) -> Measure:
        return lambda: self._accept(count, rate=PACE)

    def _accept(self, count: int, **words: object) -> Sample:
        processes = backends.pids(self._backend)
        words |= {"first": self._used, "count": count, "requests": self._requests, "warm-up": SETTLE}
        words["watch"] = ",".join(map(str, processes.values()))
        self._used += count
        sample = self._generator.run("ask", self._backend.settings.mqtt_port, self._plan, words)
        if sample["answered"] != count or sample["refused"]:
            raise Unavailable(f"the figure is worth nothing: {sample}")
        return sample | {f"{name}_us": us for name, us in zip(processes, sample["watched_us"], strict=True)}


@contextmanager
def _side(
    folder: Path, name: str, people: Population, size: int, count: int, generator: Generator, say: Say
) -> Iterator[_Side]:
    """A backend in which *count* asks wait."""
    indexes = people.sample(size)
    names = [people.name(index) for index in indexes]
    asked = pairs(names, count)
    requests = generator.folder / f"{name}.requests"
    requests.write_bytes(b"".join(_accept(number, size, other) for number, (_, other) in enumerate(asked)))
    plan = generator.plan(
        name, (people.asker(index, topics.request("contacts", people.name(index))) for index in indexes)
    )
    cells = [*backends.users(names), *backends.asks(asked)]
    with backends.serve(folder, name, people, cells, say) as backend:
        yield _Side(generator, backend, plan, requests)


def pairs(names: list[UserId], count: int) -> list[tuple[UserId, UserId]]:
    """Who was asked, and who asked: each pair once, and neighbours in the list have nobody in common."""
    size = len(names)
    if count > size * (size // 4):
        raise Unavailable(f"{size} users are too few for {count} contacts; give a larger --size or fewer --rounds")
    return [(names[n % size], names[(n + size // 4 + n // size) % size]) for n in range(count)]


def _accept(number: int, size: int, other: UserId) -> bytes:
    """A line of the generator's requests."""
    return b"%d\t%b\n" % (number % size, codec.encode({"id": f"b-{number}", "op": "accept", "user": other}))


def _tells(rushed: Rounds, calmed: Rounds) -> dict[str, Any]:
    rate = rushed.medians("rate")
    processes = ("broker", "contacts", "projector", "redis")
    return {
        "time_large_by_small": round(rate["peer"] / rate["ours"], 4),
        "p50_ms": _ms(rushed.medians("p50_us")),
        "p99_ms": _ms(rushed.medians("p99_us")),
        f"at_{PACE}_a_second": {"p50_ms": _ms(calmed.medians("p50_us")), "p99_ms": _ms(calmed.medians("p99_us"))},
        "us_per_grant": {name: rushed.medians(f"{name}_us", 1) for name in processes},
        "generator_share_of_a_core": rushed.medians("generator_share"),
    }


def _ms(us: dict[str, float]) -> dict[str, float]:
    return {side: round(value / 1000, 2) for side, value in us.items()}
