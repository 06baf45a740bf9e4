"""200 devices, 50 of which come back at once: all in time, and nothing that was sent meanwhile is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from xasup.chaos import crowd
from xasup.chaos.act import Order
from xasup.chaos.crowd import LATE, TURNED_DOWN
from xasup.chaos.verdict import LOST

pytestmark = pytest.mark.xdist_group("chaos")


async def test_a_crowd_comes_back_and_misses_nothing(tmp_path: Path) -> None:
    found = await crowd.play(Order(short=True), tmp_path, print)
    assert found.good, found.wrong
    assert (found.counts["devices"], found.counts["came back"]) == (200, 50)
    assert found.counts["shown"] == 4 * 200


async def test_devices_for_which_nothing_is_kept_miss_what_was_sent_meanwhile(tmp_path: Path) -> None:
    """The negative control."""
    found = await crowd.play(Order(short=True), tmp_path, print, session=0, patience=1)
    assert found.wrong[LOST]
    assert not found.wrong[LATE]
    assert not found.wrong[TURNED_DOWN]
