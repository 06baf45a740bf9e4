"""`xasup status`: what it says of a backend that is well, of parts that are not, and where there is none."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.backend import Backend, people
from tests.support.commands import XASUP
from xasup.cli.status_rows import DROPPED, FULL, Row
from xasup.runtime.parts import DOWN, SILENT
from xasup.runtime.settings import Settings

SOON = 15.0  # seconds
PARTS = ["redis", "mosquitto", "projector", "contacts", "bridge", "history", "log"]


def environment(backend: Backend) -> dict[str, str]:
    return {**os.environ, **backend.environment, "PYTHONUNBUFFERED": "1"}


async def status(backend: Backend) -> tuple[int, dict[str, Any]]:
    """Exit status, and each part by name."""
    process = await asyncio.create_subprocess_exec(
        *XASUP, "status", "--json", env=environment(backend), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    look = json.loads(out)
    assert [part["part"] for part in look["parts"]] == PARTS
    assert look["ok"] == (process.returncode == 0)
    return process.returncode or 0, {part["part"]: part for part in look["parts"]}


async def until(backend: Backend, reached: Callable[[dict[str, Any]], bool]) -> tuple[int, dict[str, Any]]:
    async with asyncio.timeout(SOON):
        while True:
            code, found = await status(backend)
            if reached(found):
                return code, found


async def test_of_a_backend_that_is_well(backend: Backend) -> None:
    code, found = await until(backend, lambda parts: all(part["ok"] for part in parts.values()))
    assert code == 0
    assert not any(part["advice"] for part in found.values())
    assert found["redis"]["pid"] == backend.redis.pid and found["mosquitto"]["pid"] == backend.mosquitto.pid
    assert found["contacts"]["pid"] == backend.contacts.pid
    assert found["mosquitto"]["figures"] == {"listeners": 2, "dropped": 0}
    assert found["log"]["figures"]["lag_of_history"] >= 0
    begun = [part["since"] for part in found.values() if part["pid"]]
    assert max(begun) - min(begun) < 600_000


async def test_what_is_not_well_is_named_with_what_to_do(own_backend: Backend) -> None:
    own_backend.projector.stop(signal.SIGKILL)
    own_backend.contacts.freeze()
    own_backend.mosquitto.freeze()
    code, found = await status(own_backend)
    assert code == 1
    assert (found["projector"]["state"], found["projector"]["pid"]) == (DOWN, None)
    assert "xasup up" in found["projector"]["advice"]
    for part, process in (("contacts", own_backend.contacts), ("mosquitto", own_backend.mosquitto)):
        assert (found[part]["state"], found[part]["pid"]) == (SILENT, process.pid)
        assert f"kill -CONT {process.pid}" in found[part]["advice"]
    own_backend.mosquitto.stop(signal.SIGKILL)
    own_backend.redis.stop()
    code, found = await until(own_backend, lambda parts: parts["history"]["state"] != "ok")
    assert code == 1
    assert found["mosquitto"]["state"] == DOWN and "nobody listens" in found["mosquitto"]["reason"]
    assert found["redis"]["state"] == found["log"]["state"] == "away"


def test_without_a_backend_it_says_how_to_have_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [*XASUP, "status", "--data", str(tmp_path)], capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path) in done.stderr and "`xasup up` starts one" in done.stderr


async def test_two_looks_give_rates(backend: Backend) -> None:
    process = await asyncio.create_subprocess_exec(
        *XASUP, "status", "--json", "--watch", "0.1", env=environment(backend), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with people(*await backend.users("eve")) as (eve,), asyncio.timeout(SOON):
        first = json.loads(await process.stdout.readline())
        assert not any(part["rates"] for part in first["parts"])
        rate = 0.0
        while not rate:
            await eve.ask("contacts", op="list")
            look = json.loads(await process.stdout.readline())
            rate = next(part["rates"]["requests"] for part in look["parts"] if part["part"] == "contacts")
    process.terminate()
    await process.wait()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_is_redrawn_and_a_file_gets_lines(backend: Backend, terminal: bool) -> None:
    ear, mouth = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        [*XASUP, "status", "--watch", "0.1"], stdout=mouth, env=environment(backend) | {"NO_COLOR": "1"}
    )
    os.close(mouth)
    text = ""
    while text.count("\x1b[H\x1b[J" if terminal else "\n") < 3:
        text += os.read(ear, 4096).decode()
    process.terminate()
    process.wait(SOON)
    os.close(ear)
    assert ("PART " in text) == terminal
    assert text.count("\x1b") == text.count("\x1b[H") + text.count("\x1b[J"), "colours in spite of NO_COLOR"


@pytest.mark.parametrize("options", [["--watch", "0"], ["--watch", "x"], ["more"]])
def test_wrong_options_exit_with_2(options: list[str]) -> None:
    done = subprocess.run([*XASUP, "status", *options], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2 and options[-1] in done.stderr


def test_rates_are_of_one_process() -> None:
    before = Row("bridge", "ok", pid=1, figures={"received": 10, "pending": 5})
    after = Row("bridge", "ok", pid=1, figures={"received": 30, "pending": 1, "acknowledged": 7})
    assert after.rates(before, 2.0) == {"received": 10.0}
    assert Row("bridge", "ok", pid=2, figures=after.figures).rates(before, 2.0) == {}


def test_each_trouble_has_its_advice(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert Row("bridge", "standby").advice(settings) == ""
    assert "XASUP_LOG_MEMORY" in Row("bridge", FULL).advice(settings)
    assert "history" in Row("mosquitto", DROPPED).advice(settings)
    assert Row("contacts", "waiting").advice(settings) == "see its log"
    settings.logs.mkdir()
    (settings.logs / "contacts.log").touch()
    assert Row("contacts", "waiting").advice(settings) == f"see {settings.logs / 'contacts.log'}"
