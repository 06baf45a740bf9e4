"""What the tests of the benches need to run at all."""

from __future__ import annotations

import os
import shutil

import pytest

from xasup.runtime.settings import PLUGIN


@pytest.fixture
def servers() -> None:
    """Skips where something is not installed; in CI that is a failure."""
    path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin"
    missing = [name for name in ("gcc", "mosquitto", "redis-server") if shutil.which(name, path=path) is None]
    if not PLUGIN.is_file():
        missing.append("the broker plugin")
    if missing and os.environ.get("CI"):
        pytest.fail(f"missing: {', '.join(missing)}")
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}; `make setup` brings what is missing")
