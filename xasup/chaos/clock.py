"""A clock that is set forward and back under running processes: each asks it through a library, built when wanted.

(libfaketime does not get along with Redis: its allocator asks for the time before the library is ready.) Refuses to
know: who lives by it.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from xasup.protocol.errors import Unavailable

YEAR = 365 * 86_400  # seconds
_SOURCE = Path(__file__).with_suffix(".c")
_FLAGS = ("-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror")


def build(folder: Path) -> Path:
    """The library, in *folder*. Raises Unavailable with what to install."""
    library = folder / "clock.so"
    if shutil.which("cc") is None:
        raise Unavailable("there is no C compiler; `apt-get install gcc libc6-dev` brings one")
    built = subprocess.run(
        ["cc", *_FLAGS, "-o", str(library), str(_SOURCE)], capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise Unavailable(f"clock.c cannot be compiled: {(built.stderr.strip().splitlines() or ['no reason'])[0]}")
    return library


class Clock:
    """*file*: is made, says how far it is from what is right, and is looked at by the processes; *library*: as built.
    It begins right."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file, self._library = file, library
        self._file.write_bytes(struct.pack("@l", 0))
        self.off = 0

    def set(self, off: int) -> None:
        """*off*: seconds from what is right."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("@l", off))
        self.off = off

    def now_ms(self) -> int:
        """What it says, milliseconds since the epoch."""
        return time.time_ns() // 1_000_000 + self.off * 1000

    def environment(self) -> Mapping[str, str]:
        """Of processes that live by it."""
        return {"LD_PRELOAD": str(self._library), "CLOCK_OFF": str(self._file)}
