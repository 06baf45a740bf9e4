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
from tests.support.status import all_well, environment, look_at
from xasup.cli.status_advice import advice
from xasup.cli.status_rows import DROPPED, FULL, Row
from xasup.runtime.claim import claim
from xasup.runtime.parts import DOWN, SILENT
from xasup.runtime.settings import Settings

SOON = 15.0  # seconds
PARTS = ["redis", "mosquitto", "projector", "contacts", "bridge", "history", "log"]


async def status(backend: Backend) -> tuple[int, dict[str, Any]]:
    code, found = await look_at(backend)
    assert list(found) == PARTS
    return code, found


async def until(backend: Backend, reached: Callable[[dict[str, Any]], bool]) -> tuple[int, dict[str, Any]]:
    async with asyncio.timeout(SOON):
        while True:
            code, found = await status(backend)
            if reached(found):
                return code, found


async def test_of_a_backend_that_is_well(backend: Backend) -> None:
    code, found = await until(backend, lambda parts: all_well(parts) and "dropped" in parts["mosquitto"]["figures"])
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
    assert "nothing starts it again but `xasup up`" in found["projector"]["advice"]
    for part, process in (("contacts", own_backend.contacts), ("mosquitto", own_backend.mosquitto)):
        assert (found[part]["state"], found[part]["pid"]) == (SILENT, process.pid)
        assert f"kill -CONT {process.pid}" in found[part]["advice"]
        assert "nothing starts it again but `xasup up`" in found[part]["advice"]
    with claim(own_backend.settings.data, "a supervisor"):
        _, found = await status(own_backend)
    assert "`xasup up` starts it again by itself" in found["projector"]["advice"]
    assert found["contacts"]["advice"].endswith("it is started again")
    own_backend.mosquitto.stop(signal.SIGKILL)
    own_backend.redis.stop()
    code, found = await until(own_backend, lambda parts: parts["history"]["state"] != "ok")
    assert code == 1
    assert found["mosquitto"]["state"] == DOWN and "nobody listens" in found["mosquitto"]["reason"]
    assert (found["redis"]["state"], found["log"]["state"]) == (DOWN, "away")
    assert "when Redis is" in found["log"]["advice"]


async def test_redis_that_stands_still_is_named_with_its_process(own_backend: Backend) -> None:
    own_backend.redis.freeze()
    code, found = await status(own_backend)
    assert code == 1
    assert (found["redis"]["state"], found["redis"]["pid"]) == (SILENT, own_backend.redis.pid)
    assert f"kill -CONT {own_backend.redis.pid}" in found["redis"]["advice"]
    assert found["log"]["state"] == "away" and "when Redis is" in found["log"]["advice"]


async def test_without_a_bridge_nobody_knows_what_the_broker_dropped(own_backend: Backend) -> None:
    await until(own_backend, lambda parts: parts["mosquitto"]["figures"].get("dropped") == 0)
    own_backend.bridge.stop(signal.SIGKILL)
    code, found = await status(own_backend)
    assert (code, found["bridge"]["state"]) == (1, DOWN)
    assert found["mosquitto"]["ok"] and found["mosquitto"]["figures"] == {"listeners": 2}
    own_backend.bridge.start()
    await until(own_backend, lambda parts: parts["mosquitto"]["figures"].get("dropped") == 0)


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


def test_colours_are_for_terminals_that_want_them(backend: Backend) -> None:
    for terminal, no_color, coloured in ((True, "", True), (True, "1", False), (False, "", False)):
        ear, mouth = pty.openpty() if terminal else os.pipe()
        done = subprocess.run(
            [*XASUP, "status"], stdout=mouth, env=environment(backend) | {"NO_COLOR": no_color}, timeout=30, check=False
        )
        os.close(mouth)
        said = os.read(ear, 65536).decode()
        os.close(ear)
        assert ("\x1b[32mok" in said, "\x1b" in said) == (coloured, coloured), done


def test_watching_ends_with_130_at_ctrl_c_and_with_0_where_the_reader_goes(backend: Backend) -> None:
    for interrupted, code in ((True, 130), (False, 0)):
        with subprocess.Popen(
            [*XASUP, "status", "--watch", "0.1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(backend),
        ) as process:
            assert process.stdout is not None and process.stderr is not None
            process.stdout.readline()
            if interrupted:
                process.send_signal(signal.SIGINT)
            else:
                process.stdout.close()
            assert process.wait(SOON) == code
            assert process.stderr.read().strip() == b""


def test_each_trouble_has_its_advice(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert advice(Row("bridge", "standby"), settings, True) == ""
    assert "XASUP_LOG_MEMORY" in advice(Row("bridge", FULL), settings, True)
    assert "history" in advice(Row("mosquitto", DROPPED), settings, True)
    assert advice(Row("contacts", "waiting"), settings, True) == "see its log"
    settings.logs.mkdir()
    (settings.logs / "contacts.log").touch()
    assert advice(Row("contacts", "waiting"), settings, True) == f"see {settings.logs / 'contacts.log'}"


def test_what_runs_elsewhere_is_not_started_again(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, redis="redis://:secret@elsewhere", log="kafka", kafka="elsewhere:9092")
    for name in ("redis", "kafka"):
        said = advice(Row(name, "away"), settings, True)
        assert f"XASUP_{name.upper()}" in said and "does not start it" in said and "secret" not in said
