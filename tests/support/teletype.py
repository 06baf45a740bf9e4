"""A program in a pseudo terminal: what is typed, and every byte that it writes. Refuses to know: what the bytes draw.

Faster and rawer than tmux (tmux.py), which obeys the bytes and shows what they made of a screen.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

PATIENCE = 30.0  # seconds
_CHUNK = 1 << 16
_GONE_WITHIN = 0.02  # seconds between two looks whether a silent program has ended
# Escape sequences of ECMA-48: CSI, the strings (OSC, DCS, SOS, PM, APC), and the short ones.
ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\`-~])")


class Teletype:
    """*written*: all of the output so far."""

    def __init__(self, process: subprocess.Popen[bytes], keyboard: int, began: float) -> None:
        self._process, self._keyboard = process, keyboard
        self.began, self.written = began, bytearray()

    @property
    def pid(self) -> int:
        return self._process.pid

    def types(self, text: str) -> None:
        os.write(self._keyboard, text.encode())

    def text(self, since: int = 0) -> str:
        """The output from byte *since* without escape sequences: runs of one style stand together."""
        return ESCAPE.sub("", self.written[since:].decode(errors="replace"))

    def sees(self, *texts: str, since: int = 0, within: float = PATIENCE) -> float:
        """Read until all of *texts* have been written; the moment, by the performance counter."""
        self.reads(lambda: all(text in self.text(since) for text in texts), f"{texts}", within)
        return time.perf_counter()

    def reads(self, enough: Callable[[], bool], what: str, within: float = PATIENCE) -> None:
        """Read until *enough*."""
        end = time.monotonic() + within
        while not enough():
            if time.monotonic() > end or not self._read(end - time.monotonic()):
                raise AssertionError(f"waited for {what}; the end of what was written:\n{self.text()[-3000:]}")

    def rests(self, seconds: float) -> None:
        """Go on reading for so long, as a terminal does."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def falls_silent(self, seconds: float) -> None:
        """Read until nothing has come for so long; until PATIENCE is over at most."""
        end = time.monotonic() + PATIENCE
        while self._read(seconds) and time.monotonic() < end:
            pass

    def ends(self, within: float = PATIENCE) -> int:
        """Read until the program is gone; its exit status."""
        end = time.monotonic() + within
        while self._process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"waited for the end; the end of what was written:\n{self.text()[-3000:]}")
            self._read(_GONE_WITHIN)
        self.rests(_GONE_WITHIN)
        return self._process.returncode

    def _read(self, within: float) -> bool:
        """Whether something came; False as well at the end."""
        if not select.select([self._keyboard], [], [], max(0.0, within))[0]:
            return False
        try:
            chunk = os.read(self._keyboard, _CHUNK)
        except OSError:  # how Linux says that nobody has the other end any more
            return False
        self.written += chunk
        return bool(chunk)


@contextmanager
def teletype(
    words: Sequence[str], environment: Mapping[str, str], size: tuple[int, int] = (80, 24)
) -> Iterator[Teletype]:
    """Run a program on a terminal of *size* (columns, rows), which dies with the block."""
    screen, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    unset = ("LINES", "COLUMNS", "NO_COLOR", "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    began = time.perf_counter()
    process = subprocess.Popen(
        list(words),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environment},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Teletype(process, screen, began)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        os.close(screen)
