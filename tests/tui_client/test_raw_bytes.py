"""What the real application writes to a terminal, byte by byte, while everything that it shows is hostile: no control
sequence comes from a text, in any place where foreign text is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.teletype import Teletype, teletype
from tests.tui_client.hostile import sequences
from tests.tui_client.mad_town import FIRST, LAST, MANY

ROOT = Path(__file__).parents[2]
WIDE = (160, 50)
CTRL_HOME, PAGE_DOWN, CTRL_K, CTRL_N, CTRL_Q, ESC, UP = "\x1b[1;5H", "\x1b[6~", "\x0b", "\x0e", "\x11", "\x1b", "\x1b[A"
MOST_PAGES, TRIES = 600, 5
INPUT = "a message, or /command"  # the input line says so while it is empty
PANELS = {  # what opens each, and what then stands in it
    "/inbox\r": "Unread: ",
    "/requests\r": "for you to answer",
    "/search PWNED\r": "found",
    "/settings\r": "Read receipts",
}


@contextmanager
def chat(how: str, folder: Path, size: tuple[int, int] = WIDE) -> Iterator[Teletype]:
    words = [sys.executable, "-m", "tests.tui_client.mad_town", how, str(folder)]
    with teletype(words, {"PYTHONPATH": str(ROOT), "COLORTERM": "truecolor"}, size) as screen:
        yield screen


def says(screen: Teletype, typed: str, *texts: str) -> None:
    """Type, and wait for what the screen then writes."""
    since = len(screen.written)
    screen.types(typed)
    screen.sees(*texts, since=since)


def opens(screen: Teletype, keys: str, text: str) -> None:
    """Type *keys* until what they open is there: while a screen comes or goes, a key is for nobody. So the one before
    may have missed its Esc, and is given another."""
    for _ in range(TRIES):
        since = len(screen.written)
        screen.types(keys)
        with suppress(AssertionError):
            screen.sees(text, since=since, within=3)
            return
        screen.types(ESC)
        screen.falls_silent(0.4)
    raise AssertionError(f"{text!r} was never opened")


def obeyed(screen: Teletype, order: str) -> None:
    """Type, and wait for a sequence that is none of ours."""
    since = len(screen.written)
    screen.types(order)
    screen.reads(lambda: bool(sequences(screen.written[since:].decode(errors="replace"))), f"a fault after {order!r}")


def escape(screen: Teletype) -> None:
    """Esc alone, until the conversation is there: what comes at once behind it would be read as one key with it."""
    screen.falls_silent(0.4)  # all of the screen is there, and listens
    says(screen, ESC, INPUT)


def leave(screen: Teletype) -> str:
    """All that was written."""
    screen.types(CTRL_Q)
    assert screen.ends() == 0
    return screen.written.decode()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", [WIDE, (60, 15)])
def test_no_sequence_comes_from_a_text_on_the_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    with chat("screen", tmp_path, size) as screen:
        walk(screen)
        written = leave(screen)
    assert sequences(written) == []


def test_the_test_can_fail(tmp_path: Path) -> None:
    """The fault: texts are shown as they come."""
    with chat("raw", tmp_path) as screen:
        says(screen, "", "h0")
        obeyed(screen, "/open bob\r")
        for order in ("/inbox\r", "/requests\r", "/search PWNED\r"):
            obeyed(screen, order)
            screen.types(ESC)
            screen.rests(0.5)


def test_no_sequence_comes_from_a_text_in_the_plain_mode(tmp_path: Path) -> None:
    with chat("plain", tmp_path) as screen:
        says(screen, "", "/help lists the commands")
        says(screen, "/open bob\r", LAST)
        says(screen, "/list\r", f"h{len(MANY) - 1}")
        screen.types("/quit\r")
        screen.ends()
        spelled = screen.written.decode(errors="replace")
    assert "PWNED" in spelled
    assert not [found for found in sequences(spelled) if "PWNED" in found]


def walk(screen: Teletype) -> None:
    """Through every place where foreign text is shown."""
    says(screen, "", "h0")  # the list, with greetings
    says(screen, "/open bob\r", LAST)  # the conversation: texts, quotes, why they were refused
    says(screen, CTRL_HOME, FIRST)
    since = len(screen.written)
    for _ in range(MOST_PAGES):
        screen.types(PAGE_DOWN)
        screen.rests(0.02)  # each page is drawn
        if LAST in screen.text(since):
            break
    for order, title in PANELS.items():  # while all is unread
        says(screen, order, title)
        for _ in MANY:
            screen.types(PAGE_DOWN)
            screen.rests(0.02)
        escape(screen)
    story(screen)
    for number in range(len(MANY)):
        opens(screen, f"/open g:h{number}\r", "▸#")  # the head, with a name; behind a long one nothing else has room
        for order in ("/members\r", f"/invite h{number}\r"):  # remarks
            screen.types(order)
            screen.rests(0.05)
    says(screen, "/open bob\r", "bob")
    says(screen, "/devices\r", "Your devices")
    escape(screen)
    opens(screen, CTRL_K, "a name, or @person")  # the switcher
    says(screen, "PWNED", "PWNED")
    escape(screen)
    for _ in MANY:
        screen.types(CTRL_N)  # the head with a greeting, the input line with a draft
        screen.rests(0.05)


def story(screen: Teletype) -> None:
    """What is known of a message; of each in screens/test_stories.py."""
    screen.types(3 * UP)
    screen.rests(0.4)
    says(screen, "i", "Message")
    escape(screen)
    says(screen, "\r", INPUT)  # back to the input line
