"""`python -m tests.broker.deaf_projector`: a projector that says of every change that the directory has it, and hears
nothing of what ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from broker.projector.__main__ import main
from xasup.protocol.directory import Edit
from xasup.wire.directory import DirectoryWriter


class Deaf(DirectoryWriter):
    """What is to be taken out stays."""

    def apply(self, edits: Iterable[Edit], position: str, after: str | None = None) -> None:
        super().apply([edit for edit in edits if edit.value is not None], position, after)


if __name__ == "__main__":
    sys.exit(main(Deaf))
