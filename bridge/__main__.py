"""`python -m bridge`: mirrors what passes through one Mosquitto into the log, or stands by while another one does."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import sys
import time

import structlog
import uvloop
from setproctitle import setproctitle

from bridge.habits import Habits
from bridge.metrics import Metrics
from bridge.service import serve
from xasup.protocol.errors import XasupError
from xasup.runtime import logs, settings
from xasup.runtime.health import serving
from xasup.runtime.ready import report_ready
from xasup.wire.truth import open_truth

log = structlog.get_logger()

# Seconds between two looks for cycles, which take some tens of milliseconds with a full window. By count of objects,
# as usual, they would take an eighth of the time: a million objects come and go each second, and none is in a cycle.
TIDY_EVERY = 600.0


async def _run(given: settings.Settings, habits: Habits) -> None:
    metrics = Metrics(time.perf_counter)
    async with serving(given, "bridge", metrics.registry, metrics.facts), open_truth(given.redis_url) as truth:
        gc.collect()
        gc.freeze()  # looking at what is there already, again and again, would stop everything for tens of milliseconds
        bridge = serve(given, truth, metrics, habits, secrets.randbits, lambda: report_ready(os.environ))
        work = asyncio.create_task(bridge, name="bridge")
        gc.disable()
        tidying = asyncio.create_task(_tidy(), name="tidy")
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
        try:
            await work
        except asyncio.CancelledError:
            log.info("stopped")
        finally:
            tidying.cancel()


async def _tidy() -> None:
    while True:
        await asyncio.sleep(TIDY_EVERY)
        gc.collect()


def main(habits: Habits | None = None) -> int:
    """Run until SIGTERM; 1 where a part of it failed, and the log says which."""
    setproctitle("xasup bridge")
    try:
        given = settings.load()
        logs.configure("bridge", given.log_level, sys.stderr)
        uvloop.run(_run(given, habits or Habits()))
    except XasupError as error:
        log.error("the bridge ends", reason=str(error))  # noqa: TRY400 - expected
        return 1
    except Exception:
        log.exception("the bridge has failed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
