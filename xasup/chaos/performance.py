"""One act from beginning to end: its folder, its end by a signal, and what is left where something was wrong.

Whatever ends it, what was found so far is an outcome, and the folder with logs, files and transcripts stays where that
is not good, unless somebody wanted it to end. Before a long form the machine is measured, since times are judged there.
Refuses to know: what acts do, how outcomes are reported.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from xasup.chaos import diary, machine
from xasup.chaos.act import Act, Order, Outcome, Say
from xasup.protocol.errors import XasupError

UNFINISHED = "not finished"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Performed(NamedTuple):
    """*evidence*: the folder, where something was wrong; *ended_by*: the signal that ended it, 0: none did."""

    outcome: Outcome
    evidence: Path | None
    ended_by: int = 0


def perform(act: Act, order: Order, say: Say) -> Performed:
    """Play it. SIGINT and SIGTERM end it in order: all that it started is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="xasup-chaos-"))
    outcome, ended_by = asyncio.run(_played(act, order, folder, say))
    if not outcome.good and not ended_by:
        return Performed(outcome, folder)
    shutil.rmtree(folder, ignore_errors=True)
    return Performed(outcome, None, ended_by)


async def _played(act: Act, order: Order, folder: Path, say: Say) -> tuple[Outcome, int]:
    with _ended_by_signals(say) as asked:
        try:
            measured = {} if order.short else await asyncio.to_thread(machine.measure, folder)
            outcome = await act.play(order, folder, say)
            return replace(outcome, counts={**outcome.counts, **measured}), 0
        except asyncio.CancelledError:
            reason = "interrupted"
        except XasupError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - a mistake of ours: what was found before it is not thrown away
            reason = f"{type(error).__name__}: {error}"
    return _unfinished(act, order, folder, reason), asked[0] if asked else 0


def _unfinished(act: Act, order: Order, folder: Path, reason: str) -> Outcome:
    """What is known of an act that did not come to its check."""
    marks = diary.read(folder)
    return Outcome(act.name, order, {"faults": len(marks)}, {UNFINISHED: [reason]}, marks)


@contextmanager
def _ended_by_signals(say: Say) -> Iterator[list[int]]:
    """For the time of the block the first of them cancels this task, and is told; more of them change nothing."""
    loop, task, asked = asyncio.get_running_loop(), asyncio.current_task(), list[int]()

    def end(number: int) -> None:
        if not asked and task is not None:
            say("ending: stopping all that was started")
            task.cancel()
        asked.append(number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, end, number)
    try:
        yield asked
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
