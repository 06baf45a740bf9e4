"""`python -m contacts`: the contact-authorization service of one node."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable

import structlog
import uvloop
from setproctitle import setproctitle

from contacts.metrics import Metrics
from contacts.service.enforcement import Enforcement
from contacts.service.service import serve
from xasup.protocol.errors import XasupError
from xasup.runtime import logs, settings
from xasup.runtime.health import serving
from xasup.runtime.ready import report_ready
from xasup.runtime.steady import steady
from xasup.wire.truth import open_truth

log = structlog.get_logger()


def _jumped(by: int) -> None:
    log.warning("the clock was set; it is believed when it stays so for ten minutes", seconds=round(by / 1000))


async def _run(given: settings.Settings, enforcement: Enforcement, now: Callable[[], int]) -> None:
    metrics = Metrics(asyncio.get_running_loop().time)
    async with serving(given, "contacts", metrics.registry, metrics.facts), open_truth(given.redis_url) as truth:
        gc.collect()
        gc.freeze()  # looking at what is there already, again and again, would stop everything for tens of milliseconds
        service = serve(given, truth, metrics, now, lambda: report_ready(os.environ), enforcement)
        work = asyncio.create_task(service, name="service")
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
        try:
            await work
        except asyncio.CancelledError:
            log.info("stopped")


def main(enforcement: Enforcement | None = None, now: Callable[[], int] | None = None) -> int:
    """Run until SIGTERM; 1 where a part of it failed, and the log says which. *enforcement*, *now* (milliseconds since
    the epoch): bad ones, for tests that want a check to fail."""
    setproctitle("xasup contacts")
    failed = False
    try:
        given = settings.load()
        logs.configure("contacts", given.log_level, sys.stderr)
        uvloop.run(_run(given, enforcement or Enforcement(), now or steady(_jumped).now))
    except* XasupError as group:
        failed = True
        log.error("the service ends", reason="; ".join(map(str, group.exceptions)))  # noqa: TRY400 - expected
    except* Exception:
        failed = True
        log.exception("a part of the service failed")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
