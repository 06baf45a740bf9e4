"""Negative controls: the plugin with one place in its sources changed, which a test must notice."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from xasup.runtime.settings import PLUGIN


def plugin(folder: Path, file: str, right: str, wrong: str) -> Path:
    """Built in *folder* from a copy in which *right* stands once, and is replaced by *wrong*."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (*PLUGIN.parent.glob("*.[ch]"), PLUGIN.parent / "Makefile"):
        shutil.copy(path, folder)
    source = (folder / file).read_text()
    assert source.count(right) == 1, f"{right!r} stands {source.count(right)} times in {file}"
    (folder / file).write_text(source.replace(right, wrong))
    subprocess.run(["make", "-s", "-C", folder, "all"], check=True)
    return folder / "xasup_acl.so"
