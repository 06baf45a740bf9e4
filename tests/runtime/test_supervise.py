"""A supervised child serves when it says so, comes back when it ends, ends when we end, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xasup.protocol.errors import Unavailable
from xasup.runtime.supervise import Child, Recipe, backoff

SERVES = "import os, signal; from xasup.runtime.ready import report_ready; report_ready(os.environ); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SERVES


def recipe(code: str, folder: Path, **more: float) -> Recipe:
    return Recipe("child", [sys.executable, "-c", code], folder / "child.log", **more)


def alive(pid: int | None) -> bool:
    try:
        return pid is not None and Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition, within: float = 10.0) -> None:
    """For states of the kernel that no event announces."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.01)


async def test_it_serves_and_is_stopped(tmp_path: Path) -> None:
    async with Child(recipe(SERVES, tmp_path)) as child:
        pid = child.pid
        assert alive(pid)
    assert not alive(pid)


async def test_a_killed_child_comes_back(tmp_path: Path) -> None:
    async with Child(recipe(SERVES, tmp_path), dice=lambda: 0.0) as child:
        first = child.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.restarts == 1 and child.pid not in (None, first))
        assert alive(child.pid) and not alive(first)


async def test_what_is_to_be_done_before_is_done_before_each_start(tmp_path: Path) -> None:
    running: list[int | None] = []

    async def before() -> None:
        running.append(child.pid)

    child = Child(replace(recipe(SERVES, tmp_path), before=before), dice=lambda: 0.0)
    async with child:
        first = child.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.restarts == 1 and child.pid not in (None, first))
    assert running == [None, None]


async def test_a_child_that_ends_before_it_serves_leaves_no_listener_on_its_pipe(tmp_path: Path) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    with pytest.raises(Unavailable):
        async with Child(recipe("", tmp_path)):
            pass
    gc.collect()  # what nobody fetched is said when it is collected
    await until(lambda: len(asyncio.all_tasks()) == 1)
    gc.collect()
    assert complaints == []


async def test_a_child_that_ends_at_once_is_named_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"child ended with status 3: no such thing .*child\.log"):
        async with Child(recipe("import sys; print('no such thing'); sys.exit(3)", tmp_path)):
            pass


async def test_a_child_that_never_gets_ready_is_given_up_and_ended(tmp_path: Path) -> None:
    child = Child(recipe("import signal; signal.pause()", tmp_path, ready_within=0.3))
    with pytest.raises(Unavailable, match=r"was not ready within 0\.3 s"):
        await child.__aenter__()
    assert child.pid is None


async def test_a_child_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    async with Child(recipe(STUBBORN, tmp_path, stop_within=0.3)) as child:
        pid = child.pid
    assert not alive(pid)


async def test_a_stopped_child_is_still_ended(tmp_path: Path) -> None:
    async with Child(recipe(SERVES, tmp_path)) as child:
        pid = child.pid
        os.kill(pid, signal.SIGSTOP)
    assert not alive(pid)


async def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no-such-program is not installed"):
        async with Child(Recipe("x", ["no-such-program"], tmp_path / "log")):
            pass


async def test_the_child_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from xasup.runtime.supervise import Child, Recipe
async def main():
    async with Child(Recipe("child", [sys.executable, "-c", {SERVES!r}], Path({str(tmp_path)!r}) / "log")) as child:
        print(child.pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""
    supervisor = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline())
    assert alive(pid)
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    await until(lambda: not alive(pid))


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_backoff_is_bounded_and_never_nothing(attempt: int, jitter: float) -> None:
    assert 0.05 <= backoff(attempt, jitter) <= 10.0
