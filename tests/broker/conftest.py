"""Plugins with a fault, which must turn tests red."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def always_yes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin that says yes to everybody and everything."""
    source, built = Path(__file__).with_name("always_yes.c"), tmp_path_factory.mktemp("fault") / "always_yes.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(built), str(source)], check=True)
    return built
