"""Every screen looks as it did when somebody last looked: in three sizes, light and dark. The docs' pictures are true.

Where a change is meant: `make screenshots`, and look at what `git diff` says of it.
"""

from __future__ import annotations

import pytest

from tests.tui_client.scenes import SCENES
from tests.tui_client.screenshots import (
    DOCS,
    PAGES,
    PICTURES,
    SNAPSHOTS,
    differences,
    in_colour,
    in_text,
    inside,
    snapshot,
)

HOW = "if this is meant: make screenshots"


@pytest.fixture(autouse=True)
def colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("name", SCENES)
async def test_a_screen_looks_as_it_did(name: str) -> None:
    path = SNAPSHOTS / f"{name}.txt"
    before = path.read_text() if path.exists() else ""
    found = list(differences(before, await snapshot(name)))
    assert not found, "\n".join([f"{name} looks different; {HOW}", *found[:12]])


@pytest.mark.parametrize("name", DOCS)
async def test_the_pictures_of_the_docs_are_true(name: str) -> None:
    path = PICTURES / f"{name}.svg"
    assert path.exists() and path.read_text() == await in_colour(name), f"{path.name} is stale: make screenshots"


async def test_the_pictures_in_text_are_true() -> None:
    text = await in_text()
    for path in PAGES:
        found = list(differences(inside(path.read_text()), text))
        assert not found, "\n".join([f"{path.name} is stale: make screenshots", *found[:12]])


def test_no_snapshot_is_left_over() -> None:
    assert {path.stem for path in SNAPSHOTS.iterdir()} == set(SCENES)
    assert {path.stem for path in PICTURES.iterdir()} == set(DOCS)


def test_a_difference_is_told_in_words() -> None:
    before = "== 80x24\nhello\n-- dark\na5\n"
    assert list(differences(before, before)) == []
    assert list(differences(before, before.replace("a5", "b5"))) == ["80x24 in dark, row 1:\n  was a5\n  is  b5"]
    assert next(differences(before, before.replace("hello\n", ""))).startswith("80x24, row 1:\n  was hello")
