"""`stored`: how long a sender waits for *stored*, from publish until the event is there: at a calm pace, and at half of
what our bridge can. The peer is the plain bridge, at the same pace.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.brokers import versions
from tests.bench.generator import build
from tests.bench.mirrors import Mirrored, log_server, ours, plain
from tests.bench.rounds import Contest, Rounds, closing

CALM, BRISK = 100, 10_000  # messages a second
_WARM_UP = 2000  # messages
_SATURATING = 50_000  # messages as fast as they go, in bursts, until all are known to be stored
_KEPT_UP, _STEP, _STEPS = 0.98, 0.9, 20  # with 0.95 a queue of 150 ms grows in three seconds


def run(
    folder: Path,
    contest: Contest,
    rounds: int = 5,
    size: int = 100,
    seconds: float = 5.0,
    log: str = "redis",
) -> dict[str, Any]:
    """*seconds*: of each measurement; *size*: senders."""
    generator = build(folder)
    with (
        log_server(log) as server,
        ours(folder, generator, server, size, listen=True) as one,
        plain(folder, generator, server, size, listen=True) as other,
    ):
        for side in (one, other):
            side.pour(_whole(_WARM_UP, size))
        half = _saturation(one, size, seconds) / 2
        contest.say(f"at {CALM} a second:")
        calm = _compare(contest, one, other, CALM, seconds, size, rounds)
        contest.say(f"at {BRISK:,} a second:")
        brisk = _compare(contest, one, other, BRISK, seconds, size, rounds)
        contest.say(f"at {half:,.0f} a second, half of what our bridge can:")
        busy = _compare(contest, one, other, half, seconds, size, rounds)
    tells = {
        "log": log,
        "senders": size,
        "half_of_saturation": round(half),
        f"at_{CALM}_a_second": _quantiles(calm),
        f"at_{BRISK}_a_second": _quantiles(brisk),
        "at_half_of_saturation": _quantiles(busy),
        "versions": versions(),
    }
    return closing("stored", "p99_ms", "ms p99", busy, tells)


def _saturation(one: Mirrored, size: int, seconds: float) -> float:
    """The highest rate, a message at a time as in the measurements, of which the senders hear as fast as they send:
    where they do not, what is measured has no end but that of the run."""
    all = _whole(int(_SATURATING * min(1.0, seconds)), size)
    rate = one.pour(all)["heard"]
    for _ in range(_STEPS):
        count = _whole(int(rate * max(1.0, seconds)), size)
        if one.pour(count, rate)["heard"] >= _KEPT_UP * rate:
            break
        rate *= _STEP
    return rate


def _compare(
    contest: Contest, one: Mirrored, other: Mirrored, rate: float, seconds: float, size: int, rounds: int
) -> Rounds:
    count = _whole(int(rate * seconds), size)
    return contest.alternate(lambda: one.pour(count, rate), lambda: other.pour(count, rate), rounds, "p99_ms", "ms p99")


def _quantiles(measured: Rounds) -> dict[str, Any]:
    return {"p50_ms": measured.medians("p50_ms", 2), "p99_ms": measured.medians("p99_ms", 2)}


def _whole(count: int, size: int) -> int:
    """As many for each sender."""
    return max(1, count // size) * size
