"""`python -m tests.broker.fuzz rules --runs 10000000`, or `file`, or `endure`: the plugin under sanitizers, for long.

Exits 1 where something was found; the input that found it is then in the folder that is named. What `rules` and `file`
have reached is kept, as few inputs as reach it, in tests/broker/corpus where that is asked for.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.broker.fuzz.build import CORPUS, build, fuzzer, run_sanitized
from tests.broker.fuzz.seeds import sow


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.broker.fuzz", description="The plugin under sanitizers.")
    parser.add_argument("what", choices=["rules", "file", "endure"])
    parser.add_argument("--runs", type=int, default=10_000_000, help="of `endure`: turns")
    parser.add_argument("--seed", type=int, default=1, help="what chooses the inputs")
    parser.add_argument("--keep", action="store_true", help="the corpus, with what is new in it (needs clang)")
    options = parser.parse_args()
    folder, began = Path(tempfile.mkdtemp(prefix="xasup-fuzz-")), time.monotonic()
    if options.what == "endure":
        done = run_sanitized([str(build("endure", folder)), str(options.runs)], folder)
    else:
        done = _fuzz(options.what, folder, options.runs, options.seed, keep=options.keep)
    print(done.stdout[-2000:], done.stderr[-2000:], sep="\n")
    found = f"something was found, see {folder}" if done.returncode else "nothing was found"
    print(f"{options.what}: {options.runs} runs, {time.monotonic() - began:.0f} s: {found}")
    return int(done.returncode != 0)


def _fuzz(name: str, folder: Path, runs: int, seed: int, *, keep: bool) -> subprocess.CompletedProcess[str]:
    sow(folder / "seeds")
    fresh, corpus = folder / "fresh", CORPUS / name
    fresh.mkdir()
    corpus.mkdir(parents=True, exist_ok=True)
    program = fuzzer(name, folder)
    done = program.run(runs, seed, fresh, corpus, folder / "seeds" / name)
    if keep and program.guided and done.returncode == 0:
        program.run(0, seed, corpus, fresh, folder / "seeds" / name, more=("-merge=1",))
    return done


if __name__ == "__main__":
    sys.exit(main())
