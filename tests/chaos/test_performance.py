"""An act that does not come to its end: what was found stays, and all that it started is stopped."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from xasup.chaos import diary
from xasup.chaos.act import Act, Mark, Order, Outcome, Say
from xasup.chaos.pace import BEHIND, Pace
from xasup.chaos.performance import UNFINISHED, perform
from xasup.protocol.errors import Unavailable

MARK = Mark("kill: bridge", 1.0, 2.5, 1.5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_and_what_was_found_stays(number: signal.Signals) -> None:
    said, stopped = list[str](), list[str]()

    async def play(order: Order, folder: Path, say: Say) -> Outcome:
        diary.note(folder, MARK)
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), number)  # impatience changes nothing
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            stopped.append("stopped")
        raise AssertionError

    done = perform(Act("T0", "", play), Order(short=True), said.append)
    assert done.evidence is None
    assert stopped == ["stopped"] and said == ["ending: stopping all that was started"]
    assert done.ended_by == number and done.outcome.wrong == {UNFINISHED: ["interrupted"]}
    assert list(done.outcome.marks) == [MARK] and done.outcome.counts == {"faults": 1}


@pytest.mark.parametrize("error", [Unavailable("no port is free"), ZeroDivisionError("a mistake")])
def test_a_failure_is_an_outcome_too(error: Exception) -> None:
    async def play(order: Order, folder: Path, say: Say) -> Outcome:
        raise error

    done = perform(Act("T0", "", play), Order(short=True), lambda line: None)
    assert done.evidence is not None
    shutil.rmtree(done.evidence)
    assert not done.ended_by and str(error) in done.outcome.wrong[UNFINISHED][0]


@pytest.mark.parametrize("wrong", [[], ["m1"]])
def test_the_folder_stays_where_something_is_wrong(wrong: list[str]) -> None:
    folders = list[Path]()

    async def play(order: Order, folder: Path, say: Say) -> Outcome:
        (folder / "alice.transcript").touch()
        folders.append(folder)
        return Outcome("T0", order, {}, {"lost": wrong})

    done = perform(Act("T0", "", play), Order(short=True), lambda line: None)
    assert done.evidence == (folders[0] if wrong else None)
    assert folders[0].exists() is bool(wrong)
    shutil.rmtree(folders[0], ignore_errors=True)


@pytest.mark.parametrize("short", [False, True])
def test_a_long_form_tells_how_fast_the_machine_was(short: bool) -> None:
    seen = list[list[Path]]()

    async def play(order: Order, folder: Path, say: Say) -> Outcome:
        seen.append(list(folder.iterdir()))
        return Outcome("T0", order, {"faults": 3}, {})

    counts = perform(Act("T0", "", play), Order(short=short), lambda line: None).outcome.counts
    measured = {name: value for name, value in counts.items() if name.startswith("machine: ")}
    assert counts == {"faults": 3} | measured and seen == [[]]
    assert len(measured) == (0 if short else 4) and all(value >= 0 for value in measured.values())


def test_the_pace_is_kept_whatever_each_one_costs() -> None:
    pace, now, said = Pace(0.1, 0.0), 0.0, 0
    while now < 10:
        now += pace.wait(now) + 0.04  # what it costs to say it
        said += 1
    assert 99 <= said <= 101


def test_whoever_was_kept_makes_up_for_a_little_of_it() -> None:
    pace = Pace(0.1, 0.0)
    at_once = 0
    while pace.wait(100.0) == 0:
        at_once += 1
    assert at_once == pytest.approx(BEHIND / 0.1, abs=1)
