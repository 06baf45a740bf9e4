"""`xasup chaos` that is told to end in the middle leaves nothing: no network of its own, no process, no folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from xasup.chaos.link import link
from xasup.protocol.errors import Unavailable

XASUP = [sys.executable, "-c", "from xasup.cli.main import main; main()"]
WITHIN = 60  # seconds


def networks() -> str:
    return subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout


def started_in(folder: Path) -> list[str]:
    """Processes whose files are there, by their command lines."""
    return [
        process.name
        for process in Path("/proc").glob("[0-9]*")
        if str(folder).encode() in _read(process / "cmdline") and int(process.name) != os.getpid()
    ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # gone meanwhile
        return b""


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="xasup-") as made:
        yield Path(made)


async def test_told_to_end_it_takes_its_network_with_it(folder: Path) -> None:
    try:
        async with link():
            pass
    except Unavailable as error:
        pytest.skip(str(error))
    argv = [*XASUP, "chaos", "--short", "--act", "T3", "--users", "6"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(argv, stderr=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stderr is not None
        name = f"xasup-{process.pid}"
        for line in process.stderr:
            if line.rstrip().endswith(" s  redis"):  # the network came before it
                break
        assert name in networks(), "the negative control: it was there"
        assert started_in(folder), "the same"
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(WITHIN) == 128 + signal.SIGTERM
    assert name not in networks()
    assert list(folder.iterdir()) == []
    assert started_in(folder) == []
