"""`python -m history`: the history service of one node."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import sys
from collections.abc import Callable

import structlog
import uvloop
from setproctitle import setproctitle

from history.anew import opened
from history.metrics import Metrics
from history.position import DIGITS
from history.service import serve
from history.shelf import shelved
from xasup.protocol.errors import Damaged, XasupError
from xasup.runtime import logs, settings
from xasup.runtime.health import serving
from xasup.runtime.ready import report_ready
from xasup.wire.log import open_log

log = structlog.get_logger()


def _generation() -> str:
    return secrets.token_hex(DIGITS // 2)


async def _run(given: settings.Settings) -> None:
    """Mailboxes that are found damaged while they serve are opened once more, which sets them aside."""
    ready = Once(lambda: report_ready(os.environ))
    try:
        await _serve(given, ready)
    except Damaged as error:
        log.error("the mailboxes are damaged", reason=str(error))  # noqa: TRY400 - expected
        await _serve(given, ready)


class Once:
    """Calls *work* when it is called for the first time."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work: Callable[[], None] | None = work

    def __call__(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            work()


async def _serve(given: settings.Settings, ready: Callable[[], None]) -> None:
    metrics = Metrics(asyncio.get_running_loop().time)
    async with (
        serving(given, "history", metrics.registry, metrics.facts),
        open_log(given.log_url) as source,
        shelved(await opened(given.history, source, _generation)) as shelf,
    ):
        gc.collect()
        gc.freeze()  # looking at what is there already, again and again, would stop everything for tens of milliseconds
        service = serve(given, source, shelf, metrics, ready)
        work = asyncio.create_task(service, name="service")
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
        try:
            await work
        except asyncio.CancelledError:
            log.info("stopped")


def main() -> int:
    """Run until SIGTERM; 1 where a part of it failed, and the log says which."""
    setproctitle("xasup history")
    failed = False
    try:
        given = settings.load()
        logs.configure("history", given.log_level, sys.stderr)
        uvloop.run(_run(given))
    except* XasupError as group:
        failed = True
        log.error("the service ends", reason="; ".join(map(str, group.exceptions)))  # noqa: TRY400 - expected
    except* Exception:
        failed = True
        log.exception("a part of the service failed")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
