"""Two brokers under the same load in turn: ours with the plugin, the peer bare. Refuses to know: who the people are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.brokers import Broker
from tests.bench.generator import Generator
from tests.bench.rounds import Contest, Rounds, Sample
from xasup.protocol.errors import Unavailable


@dataclass(frozen=True)
class Duel:
    """Both brokers stand side by side; the one that is not measured idles."""

    generator: Generator
    ours: Broker
    peer: Broker
    contest: Contest

    def compare(self, title: str, plan: Path, rounds: int, **words: object) -> Rounds:
        """Deliveries a second under *plan*; *words*: of the generator's `flow`."""
        self.contest.say(f"{title}:")

        def measure(broker: Broker) -> Sample:
            return sound(self.generator.run("flow", broker.port, plan, {**words, "watch": broker.pid}))

        return self.contest.alternate(lambda: measure(self.ours), lambda: measure(self.peer), rounds, "rate", "msg/s")


def loads(measured: Rounds) -> dict[str, Any]:
    """What each side spent: the broker is the bottleneck where its share is about 1 and the generator's is below."""
    return {
        "broker_us_per_message": measured.medians("broker_us"),
        "ratio_by_broker_us": _by_cpu(measured),
        "broker_share_of_a_core": measured.medians("broker_share"),
        "generator_share_of_a_core": measured.medians("generator_share"),
        "p50_us": measured.medians("p50_us", 1),
        "p99_us": measured.medians("p99_us", 1),
    }


def brief(measured: Rounds) -> dict[str, Any]:
    """A side line of the table."""
    return {
        "rate": measured.medians("rate", 1),
        "ratios": measured.ratios("rate"),
        "broker_us_per_message": measured.medians("broker_us"),
        "ratio_by_broker_us": _by_cpu(measured),
    }


def _by_cpu(measured: Rounds) -> float:
    """The ratio in messages per second of the broker's processor time, which a busy machine disturbs less."""
    return round(1 / median(measured.ratios("broker_us")), 4)


def sound(sample: Sample) -> Sample:
    """A figure counts only when nothing was lost or refused."""
    for fault in ("refused", "lost", "strays"):
        if sample[fault]:
            raise Unavailable(f"the figure is worth nothing: {sample[fault]} messages {fault}")
    if not sample["delivered"]:
        raise Unavailable("the figure is worth nothing: no message was delivered")
    return sample | {"broker_us": sample["watched_us"][0], "broker_share": sample["watched_share"][0]}
