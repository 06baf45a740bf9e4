"""What must give way to others when processors are short. Refuses to know: which program, and who is waited for.

Linux knows two such numbers. A niceness is weighed among the processes of one session; where the kernel groups
sessions (`sched_autogroup_enabled`), they are weighed against each other by a number of the session, and that of their
processes counts for nothing. A child has a session of its own (supervise.py), so it gets both.
"""

from __future__ import annotations

import asyncio
import os

import structlog

log = structlog.get_logger()

BACKGROUND = 5  # niceness of what nobody waits for: a third of the usual weight
_MOST = 19
_TRIES, _PAUSE = 20, 0.1  # without privileges the kernel takes a session's number once in a tenth of a second, from all


async def lower(pid: int, niceness: int) -> None:
    """All threads of *pid*, the first process of a session, by *niceness* below ours. Where that cannot be, all goes on
    without, for it is speed and nothing else."""
    try:
        os.setpriority(os.PRIO_PGRP, pid, min(os.nice(0) + niceness, _MOST))
        await _lower_session(pid, niceness)
    except OSError as error:  # no such process any more, no such number in this kernel
        log.debug("a priority stays as it is", pid=pid, reason=error.strerror)


async def _lower_session(pid: int, niceness: int) -> None:
    for _ in range(_TRIES):
        try:
            with open(f"/proc/{pid}/autogroup", "w") as file:  # noqa: ASYNC230, PTH123 - not on a disk
                file.write(str(niceness))
        except BlockingIOError:
            await asyncio.sleep(_PAUSE)
        else:
            return
    log.warning("a session's priority stays as it is", pid=pid, reason="the kernel is asked too often")
