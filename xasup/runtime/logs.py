"""Structured logs: lines of JSON, or readable ones on a terminal, from a level upwards.

Whoever logs names things by ids, never by what people wrote; as a second line of defence, fields that by their name
could hold a text or a secret are blanked here, and all others are made inert. Refuses to know: where the lines end up.
"""

from __future__ import annotations

import json
import logging
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from xasup.protocol.inert import json_line, one_line

_BLANK = "…"
_SECRET = frozenset({"token", "password", "secret", "text", "payload", "greeting", "connect_string"})


def configure(part: str, level: str, stream: TextIO) -> None:
    """Once, in a `__main__`. *part*: who speaks, as `projector`; *level*: `debug`, `info`, `warning` or `error`."""
    readable = stream.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_secrets,
            *(_for_people() if readable else _for_programs()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(part=part)


def _for_people() -> list[Processor]:
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return [structlog.processors.format_exc_info, _inert, plain]


def _for_programs() -> list[Processor]:
    return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(_json)]


def _inert(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Our own colours come after this. A trace keeps its lines, none of which can pass for one of the log."""
    for name, value in fields.items():
        text = value if isinstance(value, str) else repr(value)
        fields[name] = _indented(text) if name == "exception" else one_line(text)
    return fields


def _indented(trace: str) -> str:
    return "\n".join(f"  {one_line(line)}" for line in trace.split("\n"))


def _json(fields: Any, **options: Any) -> str:
    return json_line(json.dumps(fields, ensure_ascii=False, **options))


def _without_secrets(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in _SECRET & fields.keys():
        fields[name] = _BLANK
    return fields
