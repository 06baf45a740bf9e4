"""docs/security.md: every test that it names is there, and no requirement of its levels is left out or told twice."""

from __future__ import annotations

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.attacks.controls import WITHOUT
from tests.support.tables import between

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "security.md"
_NAME = re.compile(r"`([a-z_0-9/]+/test_[a-z_0-9]+\.py)(?:::(test_\w+))?`")
_ROW = re.compile(r"^\| (V[\d.]+(?:, V[\d.]+)*) \|", re.MULTILINE)

# How many requirements of a section are of level 1, from its first; or which.
LEVEL_1 = """
V1.2.1-5 V1.3.1-2 V1.5.1 V2.1.1 V2.2.1-2 V2.3.1 V3.2.1-2 V3.3.1 V3.4.1-2 V3.5.1-3 V4.1.1 V4.4.1 V5.2.1-2 V5.3.1-2
V6.1.1 V6.2.1-8 V6.3.1-2 V6.4.1-2 V7.2.1-4 V7.4.1-2 V8.1.1 V8.2.1-2 V8.3.1 V9.1.1-3 V9.2.1 V10.4.1-5 V11.3.1-2
V11.4.1 V12.1.1 V12.2.1-2 V13.4.1 V14.2.1 V14.3.1 V15.1.1 V15.2.1 V15.3.1
"""
LEVEL_2 = """
V6.1.2-3 V6.2.9-12 V6.3.3-4 V6.4.3-4 V6.5.1-5 V6.6.1-3 V6.8.1-4 V7.1.1-3 V7.3.1-2 V7.4.3-5 V7.5.1-2 V7.6.1-2 V8.1.2
V8.2.3 V8.4.1 V16.1.1 V16.2.1-5 V16.3.1-4 V16.4.1-3 V16.5.1-3
"""


def spelled(text: str) -> list[str]:
    """V1.2.1-3 as three."""
    found = []
    for word in text.split():
        section, _, numbers = word.rpartition(".")
        first, _, last = numbers.partition("-")
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def missing(text: str) -> list[str]:
    """Names of tests in *text* that there are not."""
    return [f"{file}::{test}" for file, test in _NAME.findall(text) if not _is_there(TESTS / file, test)]


def _is_there(file: Path, test: str) -> bool:
    return file.is_file() and (not test or re.search(rf"def {test}\(", file.read_text()) is not None)


def test_every_test_that_is_named_is_there() -> None:
    assert missing(PAGE.read_text()) == []
    assert len(_NAME.findall(PAGE.read_text())) > 60


@pytest.mark.parametrize("name", ["`broker/test_table.py::test_wrote`", "`broker/test_tabel.py`"])
def test_one_that_is_not_there_is_noticed(name: str) -> None:
    assert missing(f"| V1 | x | {name} |") != []


def test_each_requirement_is_told_of_once() -> None:
    told = [id for rows in ("asvs", "asvs none") for ids in _ROW.findall(between(PAGE, rows)) for id in ids.split(", ")]
    wanted = spelled(LEVEL_1) + spelled(LEVEL_2)
    assert len(spelled(LEVEL_1)) == 70
    assert {id for id, times in Counter(told).items() if times > 1} == set()
    assert set(told) == set(wanted), set(told) ^ set(wanted)


def test_a_row_shows_something_or_says_that_nothing_does() -> None:
    for line in between(PAGE, "asvs").splitlines()[2:]:
        assert _NAME.search(line) or "shown by no test" in line or "not met" in line, line


def test_the_long_forms_are_there_and_take_out_as_many_defences_as_it_says() -> None:
    text = PAGE.read_text()
    modules = re.findall(r"`python -m ([a-z.]+)", text)
    assert len(modules) > 4
    assert [name for name in modules if find_spec(name) is None] == []
    assert f"each of {len(WITHOUT)} defences" in text
    assert f"all {len(WITHOUT)} red" in text
