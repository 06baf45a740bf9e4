"""The time of day that is not taken in by a clock that is set; in Python, and in the broker's plugin."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xasup.runtime.settings import PLUGIN
from xasup.runtime.steady import DOUBT, SLACK, Steady

DAY, YEAR, MINUTE = 86_400_000, 365 * 86_400_000, 60_000  # milliseconds
START = 1_800_000_000_000


class Hands:
    """Clocks that a test moves."""

    def __init__(self) -> None:
        self.running, self.off = 5_000, 0
        self.told: list[int] = []
        self.steady = Steady(self.wall, lambda: self.running, self.told.append)

    def wall(self) -> int:
        return START + self.running + self.off

    def after(self, milliseconds: int) -> int:
        """What it says then, from the start on."""
        self.running += milliseconds
        return self.steady.now() - START - self.running


@pytest.mark.parametrize("jump", [YEAR, -YEAR, MINUTE])
def test_a_clock_that_jumps_is_believed_when_it_stays_there(jump: int) -> None:
    hands = Hands()
    assert hands.after(DAY) == 0
    hands.off = jump
    assert [hands.after(0), hands.after(DOUBT - 1), hands.after(1)] == [0, 0, jump]
    assert hands.told == [jump]


def test_one_that_jumps_back_was_never_believed() -> None:
    hands = Hands()
    for off in (YEAR, -YEAR, 0, YEAR, 0):
        hands.off = off
        assert hands.after(DOUBT // 2) == 0
    assert hands.after(DOUBT) == 0


def test_each_jump_is_doubted_anew() -> None:
    hands = Hands()
    for off in (YEAR, 2 * YEAR, YEAR):
        hands.off = off
        assert [hands.after(0), hands.after(DOUBT - 1)] == [0, 0]


def test_one_that_goes_a_little_wrong_is_followed() -> None:
    hands = Hands()
    for _ in range(100):
        hands.off += SLACK
        assert hands.after(1000) == hands.off
    assert hands.told == []


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Callable[[int, int], int]]:
    """Makes the one of the plugin, in seconds."""
    library = tmp_path_factory.mktemp("steady") / "steady.so"
    source = PLUGIN.with_name("steady.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source)], check=True)
    at = ctypes.CDLL(str(library)).steady_at
    at.restype, at.argtypes = ctypes.c_int64, [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]

    def make() -> Callable[[int, int], int]:
        state = ctypes.create_string_buffer(64)
        return lambda wall, running: int(at(state, wall, running))

    return make


@given(steps=st.lists(st.tuples(st.integers(0, 1_000), st.sampled_from([0, 1, 9, 10, 11, 3600, -3600, 31_536_000]))))
def test_the_plugin_believes_the_same(
    plugins: Callable[[], Callable[[int, int], int]], steps: list[tuple[int, int]]
) -> None:
    theirs, running, off = plugins(), 7, 0
    ours = Steady(lambda: (START // 1000 + running + off) * 1000, lambda: running * 1000)
    assert theirs(START // 1000 + running, running) * 1000 == ours.now()
    for passed, jump in steps:
        running, off = running + passed, jump
        assert theirs(START // 1000 + running + off, running) * 1000 == ours.now()
