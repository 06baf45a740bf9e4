"""What makes a terminal tell its desktop something: bell, OSC 9 (iTerm2, kitty, WezTerm, Windows Terminal, ConEmu) and
OSC 777 (urxvt, foot, Ghostty, VTE); and what its window is called. Pure: foreign text in, bytes for a terminal out.

Whatever the text is, a terminal reads one whole notification and nothing else: no character of it ends the sequence,
begins another, or counts as a field of it. Refuses to know: who writes, where it is written, whether anybody looks.
"""

from __future__ import annotations

from enum import StrEnum

from xasup.protocol.inert import one_line

MOST = 120  # characters of a title or text; a desktop shows less
_BELL, _BEGIN, _END = "\x07", "\x1b]", "\x1b\\"


class Way(StrEnum):
    """How a terminal can be told; which of them it understands is its own affair, the others do nothing."""

    BELL = "bell"
    OSC9 = "osc9"
    OSC777 = "osc777"


EVERY = tuple(Way)
ALL = "all"


def ways(word: str) -> tuple[Way, ...]:
    """What an option says: one of them, or `all`. Raises ValueError."""
    return EVERY if word == ALL else (Way(word),)


def notification(ways: tuple[Way, ...], title: str, text: str) -> str:
    """To be written to a terminal as it is, in one piece. *title*, *text*: foreign, of any length."""
    return "".join(_SPELLED[way](_plain(title), _plain(text)) for way in ways)


def window_title(text: str) -> str:
    """OSC 2: what stands in the frame of the window. *text*: foreign, of any length."""
    return f"{_BEGIN}2;{_plain(text)}{_END}"


def _bell(title: str, text: str) -> str:
    return _BELL


def _osc9(title: str, text: str) -> str:
    """A number and a `;` in front would be a command to some terminals; there is no `;` in what we say."""
    return f"{_BEGIN}9;{f'{title}: {text}' if text else title}{_END}"


def _osc777(title: str, text: str) -> str:
    return f"{_BEGIN}777;notify;{title};{text}{_END}"


_SPELLED = {Way.BELL: _bell, Way.OSC9: _osc9, Way.OSC777: _osc777}


def _plain(text: str) -> str:
    """One line that is inert, without the `;` that separates fields."""
    line = " ".join(text[: 4 * MOST].split()).replace(";", ",")
    shown = one_line(line)
    return shown if len(shown) <= MOST else f"{shown[: MOST - 1]}…"
