"""Fixtures of the engine's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.bare import BareBroker


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[BareBroker]:
    """A Mosquitto of this test alone, without the plugin, that lets everybody in."""
    async with BareBroker(tmp_path / "broker") as broker:
        yield broker
