"""All that the documentation takes from the code: `make docs` writes it, and tests compare it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.tables import between, markdown, put
from tui_client import manual
from tui_client.commands.table import COMMANDS
from xasup.chaos.simulation.controls import CONTROLS
from xasup.cli.chat import chat
from xasup.cli.manpage import manpage

DOCS = Path(__file__).parents[2] / "docs"
_Make = Callable[[], str]

# Page, marker, and what stands there.
TABLES: tuple[tuple[str, str, _Make], ...] = (
    (
        "terminal.md",
        "commands",
        lambda: markdown(["key", "at a message", "typed", "what it does"], manual.command_rows(COMMANDS)),
    ),
    ("terminal.md", "ticks", lambda: markdown(["mark", "meaning"], manual.tick_rows())),
    (
        "terminal.md",
        "consent",
        lambda: markdown(["command", "about", "what they get to know", "and back"], manual.consent_rows()),
    ),
    ("terminal.md", "marks", lambda: markdown(["mark", "meaning"], manual.mark_rows())),
    (
        "reliability.md",
        "controls",
        lambda: markdown(["broken", "how", "named"], [[name, it.what, it.caught] for name, it in CONTROLS.items()]),
    ),
)


# File, and all that is in it.
FILES: tuple[tuple[str, _Make], ...] = (("xasup-chat.1", lambda: manpage(chat)),)


def stale() -> list[str]:
    """What differs from the code, as page and marker."""
    tables = [f"{page}: {name}" for page, name, make in TABLES if between(DOCS / page, name) != make()]
    return [*tables, *(file for file, make in FILES if (DOCS / file).read_text() != make())]


def write() -> None:
    """All of it."""
    for page, name, make in TABLES:
        put(DOCS / page, name, make())
    for file, make in FILES:
        (DOCS / file).write_text(make())


if __name__ == "__main__":
    write()
