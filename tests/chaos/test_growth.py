"""What grows and may not, told from figures; and a process that leaks, told from the kernel's."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen
from types import SimpleNamespace
from typing import cast

import pytest

from xasup.chaos.act import Mark, Order, Outcome
from xasup.chaos.growth import DISK, FILES, MEMORY, RESTARTED, leaking, more_files, slope, steep, unexplained
from xasup.chaos.meter import Meter, Reading, reading
from xasup.chaos.soak import full_after, judged
from xasup.runtime.supervise import Child

STEADY = [Reading(float(at), 50_000_000 + at % 7 * 100_000, 20 + at % 2) for at in range(0, 1200, 2)]
LEAKS = [Reading(float(at), 50_000_000 + at * 20_000, 20 + at // 100) for at in range(0, 1200, 2)]  # 1.2 MB a minute


def test_the_slope_is_in_megabytes_a_minute() -> None:
    assert slope([Reading(0, 0, 0), Reading(60, 1_000_000, 0), Reading(120, 2_000_000, 0)]) == pytest.approx(1.0)
    assert slope(LEAKS) == pytest.approx(1.2)
    assert abs(slope(STEADY)) < 0.01
    assert slope([]) == slope(LEAKS[:1]) == 0.0


def test_files_that_stay_open_are_told_from_those_that_come_and_go() -> None:
    assert abs(more_files(STEADY)) <= 1
    assert more_files(LEAKS) == pytest.approx(9, abs=1)
    assert more_files(LEAKS[:3]) == 0.0


def test_the_part_that_grows_is_named() -> None:
    """The negative control, with figures."""
    found = {"bridge": STEADY, "history": LEAKS}
    assert list(steep(found)) == ["history: 1.20 MB a minute; 1 is allowed"]
    assert [name.partition(":")[0] for name in leaking(found)] == ["history"]
    assert list(unexplained({"redis": 90.0, "logs": 5_000.0}, {"redis": 100.0, "logs": 100.0})) == [
        "logs: 5,000 bytes a message; 100 are allowed"
    ]


def run(readings: dict[str, list[Reading]], rate: int = 300, disk: int = 1_000) -> Outcome:
    """Of 20 minutes."""
    talked = Outcome(
        "soak",
        Order(soak=20),
        {"accepted": 1.0, "stored": 1000.0, "shown": 1.0, "seconds": 1200.0},
        {"lost": [], "recovery too slow": ["by a reset, which is none"]},
        [Mark("reconnect: clients to broker", 1, 1)],
        {"stored": [rate] * 1200},
    )
    return judged(talked, Meter({}, {}, readings, {"logs": (0, disk)}, {"bridge": 0}))


def test_a_run_in_which_nothing_grows_is_good() -> None:
    found = run({"bridge": STEADY, "history": STEADY})
    assert found.good, found.wrong
    assert (found.counts["warm-up s"], found.counts["reconnects"]) == (399.0, 1)
    assert found.replay.endswith(" --soak 20")


def test_a_run_names_what_grows_what_fills_the_disk_and_what_was_restarted() -> None:
    found = run({"bridge": STEADY, "history": LEAKS}, disk=1_000_000)
    assert {kind for kind, ids in found.wrong.items() if ids} == {MEMORY, FILES, DISK}
    meter = Meter({}, {}, {}, {}, {"bridge": 2})
    assert judged(run({}), meter).wrong[RESTARTED] == ["bridge: 2 times"]


def test_a_window_that_fills_up_is_not_a_leak_but_is_not_judged_either() -> None:
    found = run({"bridge": LEAKS}, rate=50)
    assert not found.wrong[MEMORY]
    assert "was not judged" in found.skipped[-1]
    assert full_after([5, 5, 5], 10) == 1.0
    assert full_after([5, 5], 11) is None


PART = """
import os, sys
kept = []
for line in sys.stdin:
    if "leaks" in sys.argv:
        kept += [bytearray(os.urandom(1) * 3_000_000), open(os.devnull)]
    print(len(kept), flush=True)
"""


def test_a_process_that_leaks_is_named_and_its_twin_is_not(tmp_path: Path) -> None:
    """The negative control, with the kernel's figures. A look every two seconds, by its own clock."""
    with ExitStack() as stack:
        start = lambda *words: stack.enter_context(Popen([sys.executable, "-c", PART, *words], stdin=PIPE, stdout=PIPE))  # noqa: E731
        parts = {"bridge": start("leaks"), "history": start()}
        children = {name: cast(Child, SimpleNamespace(pid=part.pid, restarts=0)) for name, part in parts.items()}
        meter = Meter(children, {"logs": tmp_path})
        for look in range(20):
            for part in parts.values():
                assert part.stdin and part.stdout
                part.stdin.write(b"go on\n")
                part.stdin.flush()
                part.stdout.readline()
            (tmp_path / str(look)).write_bytes(b"x" * 5_000)
            meter.look(2.0 * look)
        for part in parts.values():
            part.communicate(timeout=10)
        assert reading(parts["bridge"].pid, 0.0) is None
    assert [name.partition(":")[0] for name in steep(meter.readings)] == ["bridge"]
    assert [name.partition(":")[0] for name in leaking(meter.readings)] == ["bridge"]
    before, now = meter.disk["logs"]
    assert now - before >= 19 * 5_000
