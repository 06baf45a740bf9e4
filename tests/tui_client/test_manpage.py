"""The manual page: whole, escaped, and what a typesetter makes of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from tests.tui_client.hostile import HOSTILE
from tui_client import roff
from tui_client.commands.table import COMMANDS
from tui_client.ticks import TICKS
from xasup.cli.chat import chat
from xasup.cli.manpage import manpage


def typeset(page: str) -> str:
    """As it is on a terminal."""
    if shutil.which("groff") is None:
        reason = "no groff; install it with `apt-get install groff-base`"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    words = ["groff", "-man", "-Tutf8", "-ww", "-P-c", "-rLL=100n"]
    done = subprocess.run(words, input=page.encode(), capture_output=True, check=True)
    assert done.stderr == b""
    return re.sub(".\b", "", done.stdout.decode())  # bold is struck twice


def test_it_has_every_command_mark_and_option() -> None:
    text = " ".join(typeset(manpage(chat)).split())
    assert [command.slash for command in COMMANDS if not (command.slash in text and command.help in text)] == []
    assert all(f"{tick.mark} {tick.meaning}" in text for tick in TICKS.values())
    assert all(
        word in text for word in ("--plain", "--connect-file", "EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES")
    )


def test_nothing_in_a_text_is_a_request_to_the_typesetter() -> None:
    evil = [".so /etc/passwd", "'br", "\\fBbold", "a\n.SH forged", "-- `~^'"]
    page = roff.title("x", 1, "y") + roff.heading("texts") + roff.entries((text, text) for text in evil)
    text = typeset(page)
    assert all(" ".join(each.split()) in " ".join(text.split()) for each in evil)
    assert not any(line.startswith("forged") for line in text.splitlines())


@pytest.mark.parametrize("text", HOSTILE[:12])
def test_a_line_stays_a_line(text: str) -> None:
    assert "\n" not in roff.escape(text)
    assert not roff.escape(text).startswith((".", "'"))
