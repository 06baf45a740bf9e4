"""Spoiled command lines, run: most in one process, since it takes long to start one, some as processes of their own.

Refuses to know: how they were spoiled.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

from xasup.chaos.mutations.lines import Line
from xasup.chaos.mutations.worker import PATIENCE
from xasup.protocol import codec

PROGRAM = "xasup.cli.main:main"
STATUSES = (0, 1, 2)
_EACH = 50  # of so many one is a process of its own


class Runner:
    """*folder*: where they run, with homes and configuration of their own. *statuses*: how often which came out."""

    def __init__(self, folder: Path, environment: Mapping[str, str], program: str = PROGRAM) -> None:
        self._folder, self._program = folder, program
        homes = {"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "share", "XDG_CACHE_HOME": "cache"}
        own = {name: str(folder / path) for name, path in homes.items()}
        usual = {name: value for name, value in os.environ.items() if not name.startswith("XASUP_")}
        self._environment = {**usual, **own, **environment, "TERM": "dumb"}
        self.statuses: dict[int, int] = {}
        self.processes = 0

    async def run(self, lines: Iterator[Line], count: int) -> list[str]:
        """What was wrong, with the words."""
        self._folder.mkdir(parents=True, exist_ok=True)
        wrong = list[str]()
        worker = await self._start("-m", "xasup.chaos.mutations.worker", self._program, piped=True)
        try:
            for number, line in zip(range(count), lines, strict=False):
                alone = number % _EACH == _EACH - 1 or number == 0
                status, trace = await (self._alone(line) if alone else self._together(worker, line))
                self.statuses[status] = self.statuses.get(status, 0) + 1
                if trace or status not in STATUSES:
                    wrong.append(f"{' '.join(line.words)!r}{_with(line)}: {trace or f'status {status}'}")
        finally:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()
        return wrong

    async def _together(self, worker: asyncio.subprocess.Process, line: Line) -> tuple[int, str]:
        assert worker.stdin is not None and worker.stdout is not None  # noqa: S101 - both are pipes
        asked = {
            "words": [_packed(word.encode(errors="surrogateescape")) for word in line.words],
            "input": _packed(line.input.encode()),
            "files": {name: _packed(data) for name, data in line.files.items()},
            "environment": dict(line.environment),
        }
        worker.stdin.write(codec.encode(asked) + b"\n")
        async with asyncio.timeout(3 * PATIENCE):
            told = codec.decode_object(
                await worker.stdout.readline() or b'{"status":-1,"wrong":"the process has ended"}'
            )
        return told["status"], told["wrong"]

    async def _alone(self, line: Line) -> tuple[int, str]:
        for name, data in line.files.items():
            (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(data)
        module, _, function = self._program.partition(":")
        start = f"from {module} import {function}; {function}()"
        process = await self._start("-c", start, *line.words, environment=line.environment)
        self.processes += 1
        try:
            async with asyncio.timeout(3 * PATIENCE):
                _, said = await process.communicate(line.input.encode())
        except TimeoutError:
            process.kill()
            await process.wait()
            return -1, f"does not end within {3 * PATIENCE:g} s"
        finally:
            for name in line.files:
                (self._folder / name).unlink(missing_ok=True)
        text = said.decode(errors="replace")
        return process.returncode or 0, text[-2000:] if "Traceback (most recent call last)" in text else ""

    async def _start(
        self, *words: str, piped: bool = False, environment: Mapping[str, str] | None = None
    ) -> asyncio.subprocess.Process:
        return await create_subprocess_exec(
            sys.executable,
            *(word.encode(errors="surrogateescape") for word in words),
            stdin=PIPE,
            stdout=PIPE if piped else DEVNULL,
            stderr=DEVNULL if piped else PIPE,
            cwd=self._folder,
            env={**self._environment, **(environment or {})},
            limit=1 << 24,
            start_new_session=True,  # no terminal: whoever asks there would wait for a person
        )


def _with(line: Line) -> str:
    told = {**{name: data[:200] for name, data in line.files.items()}, **line.environment}
    return f" with {told}" if told else ""


def _packed(data: bytes) -> str:
    return b64encode(data).decode()
