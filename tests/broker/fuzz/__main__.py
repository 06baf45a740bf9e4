"""`python -m tests.broker.fuzz rules --runs 10000000`, or `file`, or `endure`: the plugin under sanitizers, for long.

Exits 1 where something was found; the input that found it is then in the folder that is named. What `rules` and `file`
have reached is kept, as few inputs as reach it, in tests/broker/corpus where that is asked for.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.broker.fuzz.build import CORPUS, Fuzzer, build, fuzzer, run_sanitized
from tests.broker.fuzz.seeds import sow


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.broker.fuzz", description="The plugin under sanitizers.")
    parser.add_argument("what", choices=["rules", "file", "endure"])
    parser.add_argument("--runs", type=int, default=10_000_000, help="of `endure`: turns")
    parser.add_argument("--seconds", type=int, default=0, help="of `rules` and `file`: at most so long; 0: no limit")
    parser.add_argument("--seed", type=int, default=1, help="what chooses the inputs")
    parser.add_argument("--keep", action="store_true", help="the corpus, with what is new in it (needs clang)")
    options = parser.parse_args()
    folder, began = Path(tempfile.mkdtemp(prefix="xasup-fuzz-")), time.monotonic()
    if options.what == "endure":
        done, how = run_sanitized([str(build("endure", folder)), str(options.runs)], folder), ""
    else:
        program = fuzzer(options.what, folder)
        how = ", guided" if program.guided else ", not guided"
        done = _fuzz(program, folder, options.runs, options.seed, options.seconds, keep=options.keep)
    print(done.stdout[-2000:], done.stderr[-2000:], sep="\n")
    runs = options.runs if options.what == "endure" else reached(done.stderr)
    found = f"something was found, see {folder}" if done.returncode else "nothing was found"
    print(f"{options.what}: {runs} runs{how}, {time.monotonic() - began:.0f} s: {found}")
    if done.returncode == 0:
        shutil.rmtree(folder)
    return int(done.returncode != 0)


def reached(said: str) -> str:
    """How many runs a fuzzer made, by what it says at its end; one that found something says nothing of it."""
    done = re.search(r"^Done (\d+) runs", said, re.MULTILINE)
    return done[1] if done else "some"


def _fuzz(
    program: Fuzzer, folder: Path, runs: int, seed: int, seconds: int, *, keep: bool
) -> subprocess.CompletedProcess[str]:
    sow(folder / "seeds")
    fresh, corpus = folder / "fresh", CORPUS / program.name
    fresh.mkdir()
    corpus.mkdir(parents=True, exist_ok=True)
    places = (corpus, folder / "seeds" / program.name)
    done = program.run(runs, seed, fresh, *places, more=(f"-max_total_time={seconds}",))
    if keep and program.guided and done.returncode == 0:
        program.run(0, seed, corpus, fresh, places[1], more=("-merge=1",))
    return done


if __name__ == "__main__":
    sys.exit(main())
