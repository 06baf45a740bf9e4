"""The faults of an act, line by line in its folder as they come: what is there when the act has no end.

Refuses to know: what is made of them.
"""

from __future__ import annotations

from pathlib import Path

from xasup.chaos.act import Mark
from xasup.protocol import codec

_NAME = "faults.jsonl"


def note(folder: Path, mark: Mark) -> None:
    """This one is over."""
    with (folder / _NAME).open("ab") as file:
        file.write(codec.encode(list(mark)) + b"\n")


def read(folder: Path) -> list[Mark]:
    """All that were noted; none where there is no file."""
    path = folder / _NAME
    return [Mark(*codec.decode(line)) for line in path.read_bytes().splitlines()] if path.exists() else []
