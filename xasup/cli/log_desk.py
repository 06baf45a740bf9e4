"""Where a command about the log works: the log of the backend in a folder, how to answer, and the options for it.

Refuses to know: what the command does.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from xasup.protocol.errors import Unavailable
from xasup.runtime import settings as configuration
from xasup.runtime.listening import as_running
from xasup.runtime.settings import Settings
from xasup.wire.log import open_log
from xasup.wire.log.port import Log, Trimmed


@dataclass(frozen=True, slots=True)
class LogDesk:
    """*as_json*: answers are for scripts."""

    log: Log
    settings: Settings
    as_json: bool


Command = Callable[..., Coroutine[Any, Any, None]]


def at_log(command: Command) -> Callable[..., None]:
    """Makes an async function of a LogDesk and of its own options into what click calls; adds --data and --json."""

    @click.option("--data", type=click.Path(path_type=Path), help="Folder of the backend.  [env: XASUP_DATA]")
    @click.option("--json", "as_json", is_flag=True, help="JSON objects instead of text.")
    @functools.wraps(command)
    def run(data: Path | None, as_json: bool, **options: Any) -> None:
        settings = as_running(configuration.load(data=data))
        asyncio.run(_sit(command, settings, as_json, options))

    return run


async def _sit(command: Command, settings: Settings, as_json: bool, options: dict[str, Any]) -> None:
    try:
        async with open_log(settings.log_url) as log:
            await command(LogDesk(log, settings, as_json), **options)
    except Trimmed as error:
        raise Unavailable(f"the log was trimmed while it was read ({error}); try again") from None
    except Unavailable as error:
        where = f"the log of {settings.data}"
        if settings.log == "kafka":
            where = f"the log in Kafka at {settings.kafka_servers}"
        raise Unavailable(f"{where} cannot be read ({error}); does the backend run? `xasup status`") from None
