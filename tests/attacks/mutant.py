"""Negative controls: a copy of the checkout with defences taken out, in which the tests of those defences must fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
PARTS = ("xasup", "bridge", "broker", "contacts", "history", "tui_client", "tests")
PLUGIN = "broker/plugin"
WITHIN = 110  # seconds


class Change(NamedTuple):
    """*right* stands once in *file*."""

    file: str
    right: str
    wrong: str


class Without(NamedTuple):
    """*test*: from tests/. *group*: those of a group are taken out together, in the short form; 0: in the long one."""

    group: int
    test: str
    changes: tuple[Change, ...]


def failing(folder: Path, changes: Sequence[Change], tests: Iterable[str]) -> set[str]:
    """Those of *tests* (from tests/) that fail in a copy in *folder* with *changes*. One that cannot be set up, or does
    not end, is not among them."""
    changed = {change.file.partition("/")[0] for change in changes} | {"xasup"}  # which finds the plugin beside itself
    for part in PARTS:
        if part in changed:
            shutil.copytree(CHECKOUT / part, folder / part)
        else:
            (folder / part).symlink_to(CHECKOUT / part)
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    for change in changes:
        _apply(folder / change.file, change)
    if any(change.file.startswith(PLUGIN) for change in changes):  # not every test builds it
        subprocess.run(["make", "-s", "-C", folder / PLUGIN], check=True)
    argv = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rf", *(f"tests/{test}" for test in tests)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PLUGIN_"))}
    done = subprocess.run(
        argv, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=WITHIN
    )
    lines = (line.removeprefix("FAILED tests/") for line in done.stdout.splitlines() if line.startswith("FAILED "))
    return {line.partition(" - ")[0] for line in lines}


def _apply(path: Path, change: Change) -> None:
    source = path.read_text()
    assert source.count(change.right) == 1, f"{change.right!r} stands {source.count(change.right)} times in {path.name}"
    path.write_text(source.replace(change.right, change.wrong))
