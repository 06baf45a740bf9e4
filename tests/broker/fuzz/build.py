"""The fuzzers built and run: with clang's libFuzzer where it is installed, else with a driver of our own and gcc."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from xasup.runtime.settings import PLUGIN

CORPUS = Path(__file__).parents[1] / "corpus"
_HERE = Path(__file__).parent
# The plugin has handlers of its own for what a garbled file does. A small quarantine: growth shall mean growth.
_OURS = "allow_user_segv_handler=1:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:quarantine_size_mb=1"
_MORE = {"rules": ["-max_len=300"], "file": ["-handle_segv=0", "-handle_bus=0", "-handle_fpe=0", "-detect_leaks=0"]}


@dataclass(frozen=True)
class Fuzzer:
    """*guided*: by what the inputs reach, as libFuzzer does."""

    name: str
    program: Path
    guided: bool

    def run(self, runs: int, seed: int, *folders: Path, more: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """New inputs are kept in the first of the folders. Exit status 0: nothing was found."""
        options = [f"-runs={runs}", f"-seed={seed}", *(_MORE[self.name] if self.guided else []), *more]
        leaks = int(self.name == "rules")
        return run_sanitized([str(self.program), *options, *map(str, folders)], folders[0], leaks=leaks)


def build(name: str, folder: Path, *, sources: Path = PLUGIN.parent, compiler: str | None = None) -> Path:
    """One of the programs here. *sources*: of the plugin."""
    argv = ["make", "-s", "-C", str(_HERE), f"CC={compiler or _compiler(name)}", f"BUILD={folder}"]
    subprocess.run([*argv, f"PLUGIN={sources}", str(folder / name)], check=True)
    return folder / name


def fuzzer(name: str, folder: Path, *, sources: Path = PLUGIN.parent, compiler: str | None = None) -> Fuzzer:
    """`rules` or `file`, built in the folder."""
    chosen = compiler or _compiler(name)
    return Fuzzer(name, build(name, folder, sources=sources, compiler=chosen), chosen == "clang")


def run_sanitized(argv: list[str], folder: Path, *, leaks: int = 1) -> subprocess.CompletedProcess[str]:
    """To its end, in the folder, where it leaves what it found. What else it writes is in memory, and goes with it."""
    environment = {"ASAN_OPTIONS": f"{_OURS}:detect_leaks={leaks}", "UBSAN_OPTIONS": "print_stacktrace=1"}
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
    with tempfile.TemporaryDirectory(prefix="xasup-fuzz-", dir=memory if os.access(memory, os.W_OK) else None) as room:
        wanted = {**os.environ, **environment, "TMPDIR": room}
        return subprocess.run(argv, cwd=folder, env=wanted, capture_output=True, text=True, errors="replace")


def _compiler(name: str) -> str:
    return "clang" if name != "endure" and shutil.which("clang") and _has_libfuzzer() else "gcc"


def _has_libfuzzer() -> bool:
    runtime = subprocess.run(["clang", "-print-runtime-dir"], capture_output=True, text=True).stdout.strip()
    return any(Path(runtime).glob("libclang_rt.fuzzer-*.a"))
