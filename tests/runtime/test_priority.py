"""A child of low priority runs at it, again after it was killed, and gives way where processors are short."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.priority import niceness_of, session_niceness
from xasup.runtime import priority
from xasup.runtime.supervise import Child, Recipe

SERVES = "import os, signal; from xasup.runtime.ready import report_ready; report_ready(os.environ)"
WAITS = f"{SERVES}; signal.pause()"
BUSY = f"{SERVES}; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\nwhile True: pass"
ENOUGH = 1.0  # seconds of processor time of both, in which their shares show


def recipe(code: str, folder: Path, niceness: int, name: str = "child") -> Recipe:
    return Recipe(name, [sys.executable, "-c", code], folder / f"{name}.log", niceness=niceness)


def used(child: Child) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{child.pid}/stat").read_text().rsplit(")")[-1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def shares(folder: Path, niceness: int) -> float:
    """How often as much a busy child of ours gets as one of *niceness* on the same processor."""
    async with AsyncExitStack() as both:
        ours = await both.enter_async_context(Child(recipe(BUSY, folder, 0, "ours")))
        other = await both.enter_async_context(Child(recipe(BUSY, folder, niceness, "other")))
        first, second = used(ours), used(other)
        async with asyncio.timeout(60):
            while used(ours) + used(other) < first + second + ENOUGH:
                await asyncio.sleep(0.02)
        return (used(ours) - first) / max(used(other) - second, 0.01)


@pytest.mark.parametrize("niceness", [0, priority.BACKGROUND])
async def test_a_child_runs_at_its_priority_and_again_after_it_was_killed(tmp_path: Path, niceness: int) -> None:
    before = os.nice(0)
    async with Child(recipe(WAITS, tmp_path, niceness), dice=lambda: 0.0) as child:
        for _ in range(2):
            pid = child.pid
            assert pid is not None
            assert niceness_of(pid) == {min(before + niceness, 19)}
            assert session_niceness(pid) in (None, niceness)
            child.serving.clear()
            os.kill(pid, signal.SIGKILL)
            async with asyncio.timeout(10):
                await child.serving.wait()
            assert child.pid != pid
    assert os.nice(0) == before


async def test_who_is_in_the_background_gives_way(tmp_path: Path) -> None:
    assert await shares(tmp_path, priority.BACKGROUND) > 2  # about 3


async def test_who_is_not_gets_as_much(tmp_path: Path) -> None:
    assert 1 / 2 < await shares(tmp_path, 0) < 2


async def test_who_has_ended_is_passed_over() -> None:
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    await priority.lower(process.pid, priority.BACKGROUND)
