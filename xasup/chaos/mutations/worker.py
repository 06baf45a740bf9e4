"""`python -m xasup.chaos.mutations.worker MODULE:FUNCTION`: command lines in one process, one after the other, as each
would run in its own; lines of JSON in and out.

Refuses to know: what the command lines mean, which status is right.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from xasup.protocol import codec

PATIENCE = 20.0  # seconds for one


class TooLong(BaseException):
    """It does not end. No `except Exception` keeps this from us."""


def main() -> None:
    """Until the input ends."""
    module, _, name = sys.argv[1].partition(":")
    command: Callable[[list[str]], None] = getattr(import_module(module), name)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    signal.signal(signal.SIGALRM, _ring)
    for line in sys.stdin.buffer:
        answers.write(codec.encode(_run(command, codec.decode(line))) + b"\n")


def _ring(number: int, frame: FrameType | None) -> None:
    raise TooLong


def _run(command: Callable[[list[str]], None], asked: dict[str, Any]) -> dict[str, Any]:
    """*status*, and *wrong*: a traceback, or that it does not end."""
    words = [b64decode(word).decode(errors="surrogateescape") for word in asked["words"]]
    with _surroundings(asked["files"], asked["environment"]), _streams(b64decode(asked["input"])) as said:
        status, wrong = 0, ""
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        try:
            command(words)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(bool(end.code))
        except TooLong:
            wrong = f"does not end within {PATIENCE:g} s: {traceback.format_exc()[-2000:]}"
        except BaseException:  # noqa: BLE001 - that is what is looked for
            wrong = traceback.format_exc()[-2000:]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        text = said.getvalue().decode(errors="replace")
    if "Traceback (most recent call last)" in text:
        wrong = wrong or text[-2000:]
    return {"status": status, "wrong": wrong}


@contextmanager
def _surroundings(files: Mapping[str, str], environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    paths = [Path(name) for name in files]
    for path, data in zip(paths, files.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b64decode(data))
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        for path in paths:
            path.unlink(missing_ok=True)


@contextmanager
def _streams(given: bytes) -> Iterator[io.BytesIO]:
    """Input and output of one command; yields what it said on standard error."""
    kept, said = (sys.stdin, sys.stdout, sys.stderr), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(given), errors="surrogateescape")
    sys.stdout = io.TextIOWrapper(io.BytesIO(), errors="backslashreplace")
    sys.stderr = io.TextIOWrapper(said, errors="backslashreplace", write_through=True)
    stderr = sys.stderr
    try:
        yield said
    finally:
        stderr.detach()  # else it closes what is still to be read
        sys.stdin, sys.stdout, sys.stderr = kept


if __name__ == "__main__":
    main()
