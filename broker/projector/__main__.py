"""`python -m broker.projector [--rebuild]`: follows the truth into the directory until told to stop (SIGTERM)."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from functools import partial

import structlog
import uvloop

from broker.projector.follow import Projector
from broker.projector.metrics import Metrics
from xasup.protocol.errors import XasupError
from xasup.runtime import logs, settings
from xasup.runtime.health import serving
from xasup.runtime.ready import report_ready
from xasup.wire.directory import DirectoryWriter
from xasup.wire.truth import open_truth


async def project(given: settings.Settings, rebuild_because: str, hand: type[DirectoryWriter]) -> None:
    """Raises Unavailable where another projector writes the directory."""
    metrics = Metrics()
    with hand(given.directory) as writer:
        async with (
            serving(given, "projector", metrics.registry, metrics.facts),
            open_truth(given.redis_url) as truth,
        ):
            ready = partial(report_ready, os.environ)
            projector = Projector(truth, writer, given.node, ready, asyncio.sleep, metrics)
            work = asyncio.ensure_future(projector.run(rebuild_because))
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.cancel)
            with contextlib.suppress(asyncio.CancelledError):
                await work


def main(hand: type[DirectoryWriter] = DirectoryWriter) -> int:
    """*hand*: what writes the directory; another one in tests."""
    parser = argparse.ArgumentParser(prog="python -m broker.projector", description=__doc__)
    parser.add_argument("--rebuild", action="store_true", help="begin with a new directory, made from the tables")
    arguments = parser.parse_args()
    try:
        given = settings.load()
        logs.configure("projector", given.log_level, sys.stderr)
        uvloop.run(project(given, "asked for" if arguments.rebuild else "", hand))
    except XasupError as error:
        structlog.get_logger().error("the projector cannot run", reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
