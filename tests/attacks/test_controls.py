"""Negative controls, in short: defences are taken out of the sources, several at once, and each of their tests must
turn red. (One at a time: `python -m tests.attacks.controls`.)"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.controls import GROUPS, WITHOUT
from tests.attacks.mutant import failing


@pytest.mark.parametrize("group", GROUPS)
def test_without_a_defence_its_test_is_red(tmp_path: Path, group: int) -> None:
    missing = {name: without for name, without in WITHOUT.items() if without.group == group}
    changes = [change for without in missing.values() for change in without.changes]
    red = failing(tmp_path, changes, dict.fromkeys(without.test for without in missing.values()))
    assert [name for name, without in missing.items() if without.test not in red] == []


def test_with_all_defences_the_same_tests_are_green(tmp_path: Path) -> None:
    """The negative control of the controls."""
    assert failing(tmp_path, [], ["contacts/test_devices.py", "contacts/test_again.py"]) == set()
