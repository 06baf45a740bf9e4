"""Structured logs: lines of JSON, or readable ones on a terminal, from a level upwards.

Whoever logs names things by ids, never by what people wrote; as a second line of defence, fields that by their name
could hold a text or a secret are blanked here. Refuses to know: where the lines end up.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_BLANK = "…"
_SECRET = frozenset({"token", "password", "secret", "text", "payload", "greeting", "connect_string"})


def configure(part: str, level: str, stream: TextIO) -> None:
    """Once, in a `__main__`. *part*: who speaks, as `projector`; *level*: `debug`, `info`, `warning` or `error`."""
    readable = stream.isatty()
    render = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_secrets,
            *([] if readable else [structlog.processors.dict_tracebacks]),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(part=part)


def _without_secrets(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in _SECRET & fields.keys():
        fields[name] = _BLANK
    return fields
