"""The defences that are taken out of the sources, and the test that must notice each. `python -m
tests.attacks.controls` takes them out one at a time (some minutes), and exits 1 where a test stays green. (Rights in
topics: tests/broker/test_controls.py; other controls stand beside their tests.)"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.attacks import defences, defences_broker
from tests.attacks.mutant import failing

WITHOUT = defences.DEFENCES | defences_broker.DEFENCES
GROUPS = sorted({without.group for without in WITHOUT.values()} - {0})


def main() -> int:
    """The exit status."""
    green = []
    for name, without in WITHOUT.items():
        with tempfile.TemporaryDirectory(prefix="xasup-controls-") as folder:
            noticed = without.test in failing(Path(folder), without.changes, [without.test])
        print(f"{'red  ' if noticed else 'GREEN'} without: {name}", flush=True)
        green += [] if noticed else [name]
    return int(bool(green))


if __name__ == "__main__":
    sys.exit(main())
