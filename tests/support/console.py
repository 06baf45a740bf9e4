"""The `console` blocks of a page: what is typed, and what is then expected on the screen. Run as printed.

A line `$ command` runs to its end, and what follows it is what it prints. A line `bob> command` starts a program that
stays in a terminal of its own; a block headed `console bob` is what comes there next; `bob> ^C` ends it.
"""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue

ELLIPSIS = "…"  # stands for anything within a line
PATIENCE = 15.0  # seconds for one command, or for one line of a terminal
_BLOCK = re.compile(r"^```console ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"^(\$|\w+>) (.*)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """*terminal*: "" for the one that waits for each command. *command*: "" where something just appears."""

    terminal: str
    command: str
    expected: str

    def fits(self, printed: str) -> bool:
        pattern = ".*".join(map(re.escape, self.expected.split(ELLIPSIS)))
        return re.fullmatch(pattern, printed) is not None


def entries(page: Path) -> list[Entry]:
    """All of them, in order."""
    found = []
    for terminal, block in _BLOCK.findall(page.read_text()):
        if terminal:
            found.append(Entry(terminal, "", block))
            continue
        pieces = _PROMPT.split(block)
        assert pieces[0] == "", f"expected a prompt before {pieces[0]!r}"
        for prompt, command, expected in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
            found.append(Entry(prompt.rstrip("$>"), command, expected))
    return found


class Terminals:
    """In *folder*, with *environment*."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._open: dict[str, _Terminal] = {}

    def type(self, entry: Entry) -> str:
        """What is printed, of a terminal that stays open as many lines as are expected."""
        if not entry.terminal:
            return self._run(entry.command)
        if entry.command == "^C":
            self._open.pop(entry.terminal).close()
        elif entry.command:
            self._open[entry.terminal] = _Terminal(self._start(entry.command))
        return self._open[entry.terminal].read(entry.expected.count("\n")) if entry.expected else ""

    def close(self) -> None:
        for terminal in self._open.values():
            terminal.close()

    def _start(self, command: str) -> subprocess.Popen[str]:
        # setpriv: it dies with us, even when we are killed; exec: the signal reaches the program itself
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "bash", "-c", re.sub(r"^((?:\w+=\S+ )*)", r"\1exec ", command)],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _run(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.stdout


@contextmanager
def terminals(folder: Path, environment: Mapping[str, str]) -> Iterator[Terminals]:
    """Whatever is open at the end is closed."""
    opened = Terminals(folder, environment)
    try:
        yield opened
    finally:
        opened.close()


class _Terminal:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()

    def read(self, count: int) -> str:
        """The next lines, or fewer where they do not come in time."""
        lines = []
        for _ in range(count):
            try:
                lines.append(self._lines.get(timeout=PATIENCE))
            except Empty:
                break
        return "".join(lines)

    def close(self) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()
        self._reader.join()

    def _collect(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
