"""The load generator (load/*.c): compiled when a bench begins, driven by words, answering in JSON.

Refuses to know: who the people of its plan are, which broker it meets.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from xasup.protocol.errors import Unavailable

SOURCES = Path(__file__).parent / "load"
TIMEOUT = 90  # seconds for one measurement
FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror")


class Connection(NamedTuple):
    """One line of a plan: who connects, subscribes to what, publishes where (one after the other)."""

    client: str
    user: str
    password: str
    filter: str = "-"
    topics: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\t".join([*self[:4], " ".join(self.topics) or "-"])


@dataclass(frozen=True)
class Generator:
    """*folder* is a temporary one, where plans are left too."""

    program: Path
    folder: Path

    def plan(self, name: str, connections: Iterable[Connection]) -> Path:
        """Write a plan. Raises Unavailable where a client comes twice: the second would put out the first."""
        everyone = list(connections)
        if len({connection.client for connection in everyone}) < len(everyone):
            raise Unavailable("the plan has a client that is both sender and receiver; give another --size or --edges")
        path = self.folder / f"{name}.plan"
        path.write_text("".join(f"{connection}\n" for connection in everyone))
        return path

    def run(self, mode: str, port: int, plan: Path, words: Mapping[str, object]) -> dict[str, Any]:
        """One measurement; *words*: options of the generator, "" where one has no value. Raises Unavailable with the
        reason."""
        try:
            done = subprocess.run(
                self._command(mode, port, plan, words), capture_output=True, text=True, timeout=TIMEOUT
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"load generator: {mode} did not end within {TIMEOUT} s") from None
        if done.returncode != 0:
            raise Unavailable(f"load generator: {done.stderr.strip() or done.returncode}")
        sample: dict[str, Any] = json.loads(done.stdout)
        return sample | ({"said": done.stderr.strip()} if done.stderr else {})

    @contextmanager
    def hold(self, port: int, plan: Path) -> Iterator[int]:
        """Keep the connections of *plan* open; yields how many there are."""
        command = self._command("hold", port, plan, {})
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            if not line:
                raise Unavailable(process.stderr.read().decode().strip())
            yield json.loads(line)["ready"]
        finally:
            process.communicate(timeout=30)  # the end of its standard input ends it

    @contextmanager
    def flood(self, port: int, plan: Path, words: Mapping[str, object]) -> Iterator[dict[str, int]]:
        """Publishers of *plan* that wait for nothing, for the time of the block; then it says how many were *sent*,
        *refused* and *delivered*. They stand for machines elsewhere, so they get what processor time all others leave;
        or, where we run in real time (`chrt -f 5 …`), what we leave."""
        rank = ["-f", "1"] if os.sched_getscheduler(0) == os.SCHED_FIFO else ["--idle", "0"]
        command = ["chrt", *rank, *self._command("flood", port, plan, words)]
        said: dict[str, int] = {}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise Unavailable(process.communicate(timeout=TIMEOUT)[1].decode().strip())
            yield said
        finally:
            out, error = process.communicate(timeout=30)  # the end of its standard input ends it
        if process.returncode != 0:
            raise Unavailable(f"load generator: {error.decode().strip() or process.returncode}")
        said.update(json.loads(out))

    def _command(self, mode: str, port: int, plan: Path, words: Mapping[str, object]) -> list[str]:
        options = [f"--{name}={value}" if value != "" else f"--{name}" for name, value in words.items()]
        return [str(self.program), mode, f"--port={port}", f"--plan={plan}", *options]


def build(folder: Path) -> Generator:
    """Compile into *folder*. Raises Unavailable where there is no compiler."""
    if shutil.which("gcc") is None:
        raise Unavailable("gcc is missing, which builds the load generator: apt-get install gcc libc6-dev")
    program = folder / "load"
    sources = sorted(str(source) for source in SOURCES.glob("*.c"))
    done = subprocess.run(["gcc", *FLAGS, "-o", str(program), *sources], capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable(f"the load generator does not build: {done.stderr.strip()}")
    return Generator(program, folder)
