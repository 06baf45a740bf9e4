"""The act in which people talk for long, and a connection is reset every second: nothing may grow but what is kept.

The log in Redis gets little room, so that it is trimmed in the time of the run, as it is in the long run of a life.
Refuses to know: how it is reported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from xasup.chaos import growth, plan, talk
from xasup.chaos.act import Order, Outcome, Say
from xasup.chaos.growth import DISK, FILES, HEAPS, MEMORY, RESTARTED
from xasup.chaos.meter import Meter, Reading, measuring
from xasup.chaos.outcome import SLOW
from xasup.chaos.routes import CLIENTS
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child

LONG, SHORT = 20.0, 1.0  # minutes
LOG_MEMORY = 16 << 20  # bytes
WARM_UP = 0.25  # of the time, at least
FULL = 120_000  # messages, after which the bridge knows its 100,000, and history has filled its page cache of 64 MB
_FILLING = ("bridge", "history")
# Bytes on the disk for each message that was stored, at most. Redis: the append-only file, which is rewritten when it
# has doubled; Mosquitto: sessions and queues of devices; the directory: contacts.
MOST = {"redis": 2000.0, "history": 2000.0, "mosquitto": 200.0, "directory": 50.0, "logs": 100.0}


async def play(order: Order, folder: Path, say: Say) -> Outcome:
    """Redis or Kafka, on free ports, in *folder*."""
    seconds = int(60 * (order.soak or (SHORT if order.short else LONG)))
    meters = list[Meter]()

    @asynccontextmanager
    async def beside(children: Mapping[str, Child], settings: Settings) -> AsyncIterator[None]:
        async with measuring(children, _folders(settings)) as meter:
            meters.append(meter)
            yield

    schedule: talk.Schedule = lambda ground, dice: plan.reconnects(CLIENTS, seconds)  # noqa: E731
    talked = await talk.play("soak", order, folder, say, schedule, talk.Extras(beside=beside, log_memory=LOG_MEMORY))
    return judged(talked, meters[0])


def _folders(settings: Settings) -> dict[str, Path]:
    own = {"redis": settings.redis_socket.parent, "history": settings.history.parent, "logs": settings.logs}
    return {**own, "mosquitto": settings.mosquitto, "directory": settings.directory}


def judged(talked: Outcome, meter: Meter) -> Outcome:
    """What came out of the talk, and what grew meanwhile."""
    end, stored = talked.counts["seconds"], max(1.0, talked.counts["stored"])
    full = full_after(talked.rates.get("stored", ()), FULL)
    warm_up = end * WARM_UP if full is None else max(end * WARM_UP, full)
    kept = {part: [it for it in growth.warm(found, warm_up) if it.at <= end] for part, found in meter.readings.items()}
    grows = {part: found for part, found in kept.items() if part not in HEAPS}
    skipped = list(talked.skipped)
    if full is None:
        grows = {part: found for part, found in grows.items() if part not in _FILLING}
        skipped.append(f"memory of {' and '.join(_FILLING)}, which grows for {FULL:,} messages, was not judged")
    each = {part: (now - before) / stored for part, (before, now) in meter.disk.items()}
    counts = {name: talked.counts[name] for name in ("accepted", "stored", "shown", "seconds")}
    wrong = {
        **{kind: found for kind, found in talked.wrong.items() if kind != SLOW},
        MEMORY: list(growth.steep(grows)),
        FILES: list(growth.leaking(kept)),
        DISK: list(growth.unexplained(each, MOST)),
        RESTARTED: [f"{part}: {count} times" for part, count in meter.restarts.items() if count],
    }
    figures = _figures(kept, each) | {"reconnects": len(talked.marks), "warm-up s": round(warm_up, 1)}
    return replace(talked, counts=counts | figures, wrong=wrong, marks=(), skipped=skipped)


def full_after(stored: Sequence[int], count: int) -> float | None:
    """The second in which *count* messages were stored; None: they were not."""
    return next((float(second) for second, total in enumerate(accumulate(stored)) if total >= count), None)


def _figures(kept: Mapping[str, Sequence[Reading]], each: Mapping[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for part, readings in kept.items():
        found[f"{part} MB/min"] = round(growth.slope(readings), 3)
        found[f"{part} MB"] = round(readings[-1].memory / 1e6, 1) if readings else 0.0
        found[f"{part} files"] = readings[-1].files if readings else 0
    return found | {f"{part} B/message": round(bytes_each, 1) for part, bytes_each in each.items()}
