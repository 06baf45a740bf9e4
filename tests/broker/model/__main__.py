"""`python -m tests.broker.model --attempts 100000`: the broker held against the rules.

Exits 1 with the smallest run that shows a difference, and the line that shows it again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.broker.model.run import Outcome, run, smallest
from tests.support.broker import build_plugin


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.broker.model", description="The broker against the rules.")
    parser.add_argument("--attempts", type=int, default=100_000, help="how many, in all")
    parser.add_argument("--seed", type=int, default=1, help="what chooses them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        yes, plugin, began = say_yes(Path(folder)), build_plugin(), time.monotonic()
        outcome = run(options.seed, options.attempts, yes, plugin)
        print(_told(outcome, options.seed, time.monotonic() - began))
        if not outcome.differences:
            return 0
        print(f"again: python -m tests.broker.model --seed {options.seed} --attempts {options.attempts}")
        print("making it smaller …", flush=True)
        small = smallest(outcome, yes, plugin)
        print(*small.played, *small.differences, sep="\n")
        return 1


def say_yes(folder: Path) -> Path:
    """Built there: a plugin that says yes to everybody and everything."""
    built = folder / "always_yes.so"
    source = Path(__file__).parents[1] / "always_yes.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(built), str(source)], check=True)
    return built


def _told(outcome: Outcome, seed: int, seconds: float) -> str:
    lines = [
        f"{what:10} {version:6} {result:24} {count:8}"
        for (what, version, result), count in sorted(outcome.tally.items())
    ]
    head = f"seed {seed}: {outcome.attempts} attempts in {len(outcome.played)} states, {seconds:.0f} s"
    return "\n".join([*lines, f"{head}: {len(outcome.differences)} differences", *outcome.differences[:20]])


if __name__ == "__main__":
    sys.exit(main())
