"""`python -m xasup.stack`: Mosquitto and the projector, for a Redis and other parts that run elsewhere; until SIGTERM.

For containers; on one machine `xasup up` runs all.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import structlog

from xasup.protocol.errors import XasupError
from xasup.runtime import logs, settings
from xasup.runtime.ready import report_ready
from xasup.stack.front import front

log = structlog.get_logger()


async def _run(given: settings.Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with front(given):
        log.info("serving", host=given.host, port=given.mqtt_port)
        report_ready(os.environ)
        await stop.wait()
    log.info("stopped")


def main() -> int:
    try:
        given = settings.load()
        logs.configure("front", given.log_level, sys.stderr)
        asyncio.run(_run(given))
    except XasupError as error:
        log.error("the front does not start", reason=str(error))  # noqa: TRY400 - expected
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
