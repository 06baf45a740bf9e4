"""Tables of the code as they stand in the documentation, between `<!-- begin NAME -->` and `<!-- end NAME -->`."""

from __future__ import annotations

from pathlib import Path


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def between(page: Path, name: str) -> str:
    """What stands between the markers."""
    text = page.read_text()
    _, _, rest = text.partition(f"<!-- begin {name} -->\n")
    inside, end, _ = rest.partition(f"\n<!-- end {name} -->")
    assert end, f"{page.name}: expected <!-- begin {name} --> … <!-- end {name} -->"
    return inside.strip()


def put(page: Path, name: str, inside: str) -> None:
    """Write *inside* between the markers."""
    before, begin, rest = page.read_text().partition(f"<!-- begin {name} -->\n")
    _, end, after = rest.partition(f"\n<!-- end {name} -->")
    assert end, f"{page.name}: expected <!-- begin {name} --> … <!-- end {name} -->"
    page.write_text(f"{before}{begin}{inside}{end}{after}")
