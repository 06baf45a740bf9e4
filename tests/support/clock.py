"""The clock of a machine for tests: that of `xasup chaos`, or a reason why there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xasup.chaos.clock import YEAR, Clock, build
from xasup.protocol.errors import Unavailable

__all__ = ["YEAR", "Clock", "clock_in"]


def clock_in(folder: Path) -> Clock:
    """*folder*: for the library, and for what it reads."""
    try:
        return Clock(folder / "clock-off", build(folder))
    except Unavailable as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
