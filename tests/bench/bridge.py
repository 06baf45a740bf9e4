"""`bridge`: what it costs to have everything in the log. QoS 1 messages at saturation, our bridge against a plain one.

The peer (plain_bridge.py) does the same work with paho-mqtt and the log's own client. A message counts when the log has
it. `ratio`: of the processor time that a message costs the one process and the other, all threads included.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench.brokers import versions
from tests.bench.firehose import PAYLOAD, WINDOW
from tests.bench.generator import build
from tests.bench.mirrors import log_server, ours, plain
from tests.bench.rounds import Contest, closing

_WARM_UP = 5000  # messages


def run(
    folder: Path,
    contest: Contest,
    rounds: int = 5,
    size: int = 100,
    messages: int = 200_000,
    log: str = "redis",
) -> dict[str, Any]:
    """*messages*: of each measurement; *size*: senders, each to one recipient."""
    generator = build(folder)
    with (
        log_server(log) as server,
        ours(folder, generator, server, size) as one,
        plain(folder, generator, server, size) as other,
    ):
        for side in (one, other):
            side.pour(_WARM_UP // size * size)
        count = messages // size * size
        measured = contest.alternate(lambda: one.pour(count), lambda: other.pour(count), rounds, "rate", "msg/s")
    rate = measured.medians("rate", 1)
    tells = {
        "log": log,
        "rate": rate,
        "rate_ratio": round(rate["ours"] / rate["peer"], 2),
        "bridge_us_per_message": measured.medians("bridge_us", 2),
        "broker_us_per_message": measured.medians("broker_us", 2),
        "messages": count,
        "senders": size,
        "payload_bytes": PAYLOAD,
        "window": WINDOW,
        "versions": versions(),
    }
    return closing("bridge", "per_cpu_second", "msg per second of its processor time", measured, tells)
