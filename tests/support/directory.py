"""Writes a directory from another process, since one process must not open the same file twice.

`python -m tests.support.directory FOLDER POSITION [rebuild]` reads edits as JSON from standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from xasup.protocol.directory import Edit
from xasup.wire.directory import DirectoryWriter


def found(folder: Path, edits: Iterable[Edit], position: str = "1-0") -> None:
    """Build a new generation of just these edits and turn to it."""
    with DirectoryWriter(folder) as writer, writer.rebuilding() as building:
        building.write(edits)
        building.finish(position)


def write(folder: Path, edits: Iterable[Edit], position: str, *, rebuild: bool = False) -> None:
    """Apply the edits (or found a new generation of them) in a process of its own."""
    spelled = json.dumps([[edit.key.hex(), None if edit.value is None else edit.value.hex()] for edit in edits])
    argv = [sys.executable, "-m", "tests.support.directory", str(folder), position, *(["rebuild"] if rebuild else [])]
    subprocess.run(argv, input=spelled, text=True, check=True, timeout=30)


def _main(folder: Path, position: str, *, rebuild: bool) -> None:
    spelled = json.load(sys.stdin)
    edits = [Edit(bytes.fromhex(key), None if value is None else bytes.fromhex(value)) for key, value in spelled]
    if rebuild:
        found(folder, edits, position)
    else:
        with DirectoryWriter(folder) as writer:
            writer.apply(edits, position)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2], rebuild=len(sys.argv) > 3)
