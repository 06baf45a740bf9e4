"""The command line, as a function and as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from xasup.cli.main import main
from xasup.wire.truth import open_truth
from xasup.wire.truth.port import Step

XASUP = [sys.executable, "-c", "from xasup.cli.main import main; main()"]
FOREVER = "9999999999999-0"  # a position that no change of a test comes after


@dataclass(frozen=True, slots=True)
class Result:
    """*status*: as the shell sees it."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> list[Any]:
        """What was printed, a line each."""
        return [json.loads(line) for line in self.out.splitlines()]


class Commands:
    """`commands("users", "create", "alice")`, against the Redis at *url*; the directory has everything at once."""

    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self.environment = {"XASUP_REDIS": url, "XASUP_DATA": str(data)}

    def __call__(self, *arguments: str, input: str | None = None) -> Result:
        """In this process."""
        status = 0
        with CliRunner(env=self.environment).isolation(input=input) as (out, err, _):
            try:
                main(list(arguments))
            except SystemExit as end:
                status = int(end.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
            return Result(status, out.getvalue().decode(), err.getvalue().decode())

    def done(self, *arguments: str) -> Result:
        """The same, expected to succeed."""
        result = self(*arguments)
        assert result.status == 0, result.err
        return result

    def facts(self, *arguments: str) -> dict[str, Any]:
        """What it says as JSON, one object."""
        (line,) = self.done(*arguments, "--json").json
        assert isinstance(line, dict)
        return line

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """As a process; with pipes, unless *options* of Popen say otherwise."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        environment = {**os.environ, **self.environment, **options.pop("env", {})}
        return subprocess.Popen([*XASUP, *arguments], text=True, env=environment, **(pipes | options))

    def put(self, *steps: Step) -> None:
        """Facts, past all rules."""

        async def commit() -> None:
            async with open_truth(self.url) as truth:
                for step in steps:
                    await truth.commit(step)

        asyncio.run(commit())

    def report(self, position: str, node: str = "local") -> None:
        """As the projector does."""

        async def report() -> None:
            async with open_truth(self.url) as truth:
                await truth.report_applied(node, position)

        asyncio.run(report())
