"""The bridge, put together: at work, or standing by while another one is. Refuses to know: where settings come from."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import structlog

from bridge import presence
from bridge.habits import Habits
from bridge.metrics import STANDBY, Metrics
from bridge.presence import Vigil
from bridge.session import Marker
from bridge.standby import Standby
from bridge.term import Place, Term
from xasup.protocol.errors import Refused, Unavailable
from xasup.protocol.ids import uuid7
from xasup.runtime.service_address import service_address
from xasup.runtime.settings import Settings
from xasup.wire.log import open_log
from xasup.wire.log.port import Fatal, Lapsed
from xasup.wire.truth.port import Truth

log = structlog.get_logger()

LATENCY = {"redis": 0.005, "kafka": 0.02}  # seconds until the log has what it was given, about
QUIET = {"redis": 0.0, "kafka": 0.5}  # seconds; Redis itself keeps an earlier bridge from appending


async def serve(
    settings: Settings,
    truth: Truth,
    metrics: Metrics,
    habits: Habits,
    dice: Callable[[int], int],
    ready: Callable[[], None],
) -> None:
    """Until cancelled. *dice*: so many random bits, as a number; *ready* is called when nothing is missed from now on.

    Raises Fatal where the log has failed for good, Unavailable where the token cannot be read.
    """
    instance = f"{dice(64):016x}"
    place = Place(
        address=service_address(settings, "bridge"),
        voice=service_address(settings, "bridge", settings.node + presence.VOICE),
        node=settings.node,
        instance=instance,
        open_log=partial(
            open_log, settings.log_url, producer=f"bridge:{settings.node}", memory_limit=settings.log_memory
        ),
        truth=truth,
        marker=Marker(settings.data / "bridge" / f"session-{settings.node}"),
        metrics=metrics,
        habits=habits,
        latency=LATENCY[settings.log],
        quiet=QUIET[settings.log],
        ids=lambda ms: uuid7(ms, dice(74)),
        now=_now,
    )
    waiting = [ready]

    def report() -> None:
        while waiting:
            waiting.pop()()

    def hears(trouble: str) -> None:
        metrics.standby("waiting" if trouble else STANDBY, trouble)
        if not trouble:
            report()

    address = service_address(settings, "bridge", settings.node + presence.STANDBY)
    standby = Standby(address, metrics.clock, lambda: dice(53) / (1 << 53), hears)
    while True:
        reason = await _term(Term(place, report))
        metrics.standby(STANDBY, reason)
        log.warning("standing by", reason=reason, instance=instance)
        reason = await standby.watch(Vigil(instance, metrics.clock()))
        log.info("taking over", reason=reason, instance=instance)


async def _term(term: Term) -> str:
    """Why it ended, or did not begin."""
    try:
        return str(await term.serve())
    except Lapsed as error:  # what it did not acknowledge comes again, and the log's tail tells what of it is there
        return str(error)
    except Fatal:
        raise
    except (Unavailable, Refused) as error:
        return str(error)


def _now() -> int:
    return time.time_ns() // 1_000_000
