"""`make screenshots`: all pictures of the screens, as they are now. Those of the docs are for people; the snapshots
(snapshots/*.txt) are what tests compare. Refuses to know: what is on them (scenes.py), how they are spelled.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

from tests.tui_client import picture
from tests.tui_client.scenes import SCENES, scene
from tui_client.themes import DARK, LIGHT

SIZES = ((80, 24), (60, 15), (160, 50))
THEMES = (DARK.name, LIGHT.name)
ROOT = Path(__file__).parents[2]
SNAPSHOTS, PICTURES = Path(__file__).parent / "snapshots", ROOT / "docs" / "pictures"
PAGES = (ROOT / "README.md", ROOT / "docs" / "terminal.md")  # each with the picture of TEXT, as text
TEXT, TEXT_SIZE = "conversation", (80, 20)
BEGIN, END = "<!-- begin picture -->\n```text\n", "\n```\n<!-- end picture -->"
# What the docs show: a scene, its theme.
DOCS = {
    "conversation": DARK.name,
    "switcher": DARK.name,
    "search": DARK.name,
    "selected": LIGHT.name,
    "devices": LIGHT.name,
}


async def snapshot(name: str) -> str:
    """A scene in all sizes: its text once, its styles in each theme."""
    parts = []
    for width, height in SIZES:
        for theme in THEMES:
            async with scene(name, (width, height), theme) as screen:
                if theme == THEMES[0]:
                    parts.append(f"== {width}x{height}\n{picture.rows(screen)}")
                parts.append(f"-- {theme}\n{picture.styles(screen)}")
    return "\n".join(parts) + "\n"


async def in_colour(name: str) -> str:
    """A scene as SVG."""
    async with scene(name, SIZES[0], DOCS[name]) as screen:
        return picture.svg(screen)


async def in_text() -> str:
    """The picture for a page that has no colours."""
    async with scene(TEXT, TEXT_SIZE, DARK.name) as screen:
        return picture.rows(screen)


def inside(page: str) -> str:
    """The picture of a page."""
    return page.partition(BEGIN)[2].partition(END)[0]


def differences(before: str, now: str) -> Iterator[str]:
    """In words, section by section and row by row."""
    old, new = _sections(before), _sections(now)
    for title in dict.fromkeys([*old, *new]):
        theirs, ours = old.get(title, []), new.get(title, [])
        for number in range(max(len(theirs), len(ours))):
            was, is_now = (rows[number] if number < len(rows) else "(no such row)" for rows in (theirs, ours))
            if was != is_now:
                yield f"{title}, row {number + 1}:\n  was {was}\n  is  {is_now}"


def _sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    size = title = ""
    for row in text.splitlines():
        if row.startswith(("== ", "-- ")):
            size = row[3:] if row.startswith("==") else size
            title = size if row.startswith("==") else f"{size} in {row[3:]}"
        else:
            found.setdefault(title, []).append(row)
    return found


def main() -> None:
    """Write them all."""
    os.environ.pop("NO_COLOR", None)
    for folder in (SNAPSHOTS, PICTURES):
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    for name in SCENES:
        (SNAPSHOTS / f"{name}.txt").write_text(asyncio.run(snapshot(name)))
    for name in DOCS:
        (PICTURES / f"{name}.svg").write_text(asyncio.run(in_colour(name)))
    text = asyncio.run(in_text())
    for path in PAGES:
        page = path.read_text()
        path.write_text(page.replace(f"{BEGIN}{inside(page)}{END}", f"{BEGIN}{text}{END}"))


if __name__ == "__main__":
    main()
