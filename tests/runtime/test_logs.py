"""Log lines: JSON where no person looks on, without what people wrote and without secrets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from xasup.runtime import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    yield io.StringIO()
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_line_says_who_when_how_grave_and_what(stream: io.StringIO) -> None:
    logs.configure("projector", "info", stream)
    structlog.get_logger().info("following", position="5-0")
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"part": "projector", "level": "info", "event": "following", "position": "5-0"}


def test_below_the_level_nothing_is_said(stream: io.StringIO) -> None:
    logs.configure("projector", "warning", stream)
    structlog.get_logger().info("following")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("field", ["token", "text", "payload", "greeting", "password", "connect_string"])
def test_texts_and_secrets_are_blanked(stream: io.StringIO, field: str) -> None:
    logs.configure("contacts", "info", stream)
    structlog.get_logger().info("asked", user="bob", **{field: "hush"})
    assert "hush" not in stream.getvalue()
    assert json.loads(stream.getvalue())["user"] == "bob"


def test_an_error_comes_with_its_trace_on_one_line(stream: io.StringIO) -> None:
    logs.configure("contacts", "info", stream)
    try:
        raise KeyError("x")  # noqa: TRY301 - the error is the subject
    except KeyError:
        structlog.get_logger().exception("broken")
    [line] = stream.getvalue().splitlines()
    assert json.loads(line)["exception"][0]["exc_type"] == "KeyError"
