"""The fuzzers, briefly, over the corpus and beyond it; and faults that each of them has to find.

The long runs: `python -m tests.broker.fuzz`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.broker.fuzz.__main__ import reached
from tests.broker.fuzz.build import CORPUS, build, fuzzer, run_sanitized
from tests.broker.fuzz.seeds import sow
from xasup.runtime.settings import PLUGIN

RUNS = {"rules": 20_000, "file": 200}

# Of which fuzzer; in which file, what is changed, and into what.
FAULTS = {
    "levels are not counted": ("rules", "xasup_acl.c", "level == q->level + LEVELS", "level == NULL"),
    "a token is compared beyond its end": (
        "rules",
        "xasup_acl.c",
        "strlen(auth->password), q.token",
        "strlen(auth->password) + 9, q.token",
    ),
    "what a user wrote gets out of its string": ("rules", "voice.c", """ && c != '"'""", ""),
    "a stranger may write": ("rules", "xasup_acl.c", '"msg", "*", ACCEPTED}', '"msg", "*", ANYBODY}'),
    "a page without a size ends the broker": (
        "file",
        "faults.c",
        "{SIGSEGV, SIGBUS, SIGFPE}",
        "{SIGSEGV, SIGBUS, SIGBUS}",
    ),
    "a fault ends the broker": ("file", "faults.c", "if (guarded)\n        faults_escape();\n    for", "for"),
}


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_found(tmp_path: Path, name: str) -> None:
    sow(tmp_path / "seeds")
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    done = fuzzer(name, tmp_path).run(RUNS[name], 1, fresh, CORPUS / name, tmp_path / "seeds" / name)
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"Done {RUNS[name]} runs" in done.stderr


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(tmp_path: Path, fault: str) -> None:
    name, file, right, wrong = FAULTS[fault]
    sources = tmp_path / "plugin"
    shutil.copytree(PLUGIN.parent, sources, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    text = (sources / file).read_text()
    assert text.count(right) == 1, f"{right!r} stands {text.count(right)} times in {file}"
    (sources / file).write_text(text.replace(right, wrong))
    sow(tmp_path / "seeds")
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    program = fuzzer(name, tmp_path, sources=sources, compiler="gcc")
    assert program.run(10_000, 1, fresh, CORPUS / name, tmp_path / "seeds" / name).returncode != 0


def test_a_limit_of_time_ends_a_run_and_what_it_reached_is_told(tmp_path: Path) -> None:
    sow(tmp_path / "seeds")
    wanted = 1_000_000_000
    folder = tmp_path / "seeds" / "rules"
    done = fuzzer("rules", tmp_path, compiler="gcc").run(wanted, 1, folder, more=("-max_total_time=1",))
    assert done.returncode == 0, done.stderr[-4000:]
    assert len(list(folder.iterdir())) <= int(reached(done.stderr)) < wanted


def test_connects_checks_and_reloads_lose_nothing(tmp_path: Path) -> None:
    done = run_sanitized([str(build("endure", tmp_path)), "5000"], tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]


def test_what_is_lost_is_found(tmp_path: Path) -> None:
    """The control of the one before."""
    done = run_sanitized([str(build("endure", tmp_path, compiler="gcc -DLEAK")), "100"], tmp_path)
    assert done.returncode != 0
    assert "LeakSanitizer: detected memory leaks" in done.stderr
