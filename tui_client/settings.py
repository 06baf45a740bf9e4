"""What can be chosen, as a table: its name, its choices, what each means. Pure. Refuses to know screens and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tui_client.keys import PRESETS
from tui_client.spans import Line, Role, Span, wrap
from tui_client.themes import OURS, USUAL_THEME
from xasup.client.values import Preferences
from xasup.protocol.errors import Malformed

USUAL_PRESET = "plain"


@dataclass(frozen=True, slots=True)
class Choice:
    """*value*: as it is kept; *word*: as it is shown; *meaning*: a line for people."""

    value: Any
    word: str
    meaning: str

    @property
    def typed(self) -> str:
        """The word as it is typed behind a command."""
        return _typed(self.word)


@dataclass(frozen=True, slots=True)
class Setting:
    """*field*: of Preferences."""

    field: str
    name: str
    choices: tuple[Choice, ...]

    def now(self, preferences: Preferences) -> Choice:
        """What holds; the first choice where what is kept is no choice any more."""
        value = getattr(preferences, self.field)
        return next((choice for choice in self.choices if choice.value == value), self.choices[0])

    @property
    def typed(self) -> str:
        """The name as it is typed behind a command."""
        return _typed(self.name)

    def chosen(self, preferences: Preferences, word: str) -> Preferences:
        """With the choice that was typed. Raises Malformed, naming those there are."""
        found = next((choice for choice in self.choices if choice.typed == _typed(word)), None)
        if found is None:
            expected = ", ".join(choice.typed for choice in self.choices)
            raise Malformed(f"{self.typed} {word}".strip() + f": expected {expected}")
        return replace(preferences, **{self.field: found.value})

    def turned(self, preferences: Preferences, by: int) -> Preferences:
        """With the choice *by* places on, around the ends."""
        place = self.choices.index(self.now(preferences)) + by
        return replace(preferences, **{self.field: self.choices[place % len(self.choices)].value})


def settings(themes: Sequence[str]) -> tuple[Setting, ...]:
    """*themes*: the names of those there are; none where nothing has colours."""
    worn = [Setting("theme", "Theme", tuple(_theme(name) for name in ordered(themes)))] if themes else []
    return (*_ALWAYS, *worn, _KEYS)


def find(all_of_them: Sequence[Setting], typed: str) -> Setting:
    """The one with this name, of which the beginning is enough. Raises Malformed, naming those there are."""
    fits = [setting for setting in all_of_them if setting.typed.startswith(typed.lower())]
    if len(fits) != 1:
        known = ", ".join(setting.typed for setting in fits or all_of_them)
        raise Malformed(f"{typed}: expected {known}")
    return fits[0]


def setting_sentence(setting: Setting, preferences: Preferences) -> str:
    """What holds, what it means, and what else can be chosen."""
    now = setting.now(preferences)
    others = " or ".join(choice.typed for choice in setting.choices if choice is not now)
    return f"{setting.typed} is {now.typed}: {now.meaning}. Else: {others}"


def setting_lines(all_of_them: Sequence[Setting], preferences: Preferences, cells: int) -> list[Line]:
    """Name and choice, and under it what the choice means."""
    return [line for setting in all_of_them for line in _setting(setting, setting.now(preferences), cells)]


def ordered(themes: Sequence[str]) -> list[str]:
    """Ours first, the usual one before all."""
    ours = [theme.name for theme in OURS]
    return [*ours, *sorted(name for name in themes if name not in ours)]


def _typed(name: str) -> str:
    return "-".join(name.lower().split())


def _theme(name: str) -> Choice:
    ours = name in [theme.name for theme in OURS]
    meaning = "ours: everything on it reads with a contrast of 4.5 to 1 at least" if ours else "from Textual"
    return Choice("" if name == USUAL_THEME else name, name, meaning)


def _preset(name: str) -> Choice:
    return Choice("" if name == USUAL_PRESET else name, name, "from the next start, where chat.toml names none")


def _setting(setting: Setting, choice: Choice, cells: int) -> list[Line]:
    first = Line((Span(f"{setting.name:<22}"), Span(f"‹ {choice.word} ›", Role.ATTENTION)), setting.field)
    return [first, *(Line((Span(f"  {row}", Role.DIM),), setting.field) for row in wrap(choice.meaning, cells - 4))]


_ALWAYS: tuple[Setting, ...] = (
    Setting(
        "read_receipts",
        "Read receipts",
        (
            Choice(True, "on", "who wrote to you sees that it was on your screen"),
            Choice(False, "off", "nobody learns what you have read; you still see what others tell"),
        ),
    ),
    Setting(
        "quiet",
        "Do not disturb",
        (
            Choice(False, "off", "you are told of what comes while you do not look"),
            Choice(True, "on", "no bell and no notification; the title still counts what is new"),
        ),
    ),
    Setting(
        "bell",
        "Bell",
        (Choice(True, "on", "the terminal rings or blinks"), Choice(False, "off", "the terminal stays silent")),
    ),
    Setting(
        "desktop",
        "Desktop notifications",
        (
            Choice("", "off", "the desktop is not told"),
            Choice("osc9", "OSC 9", "for iTerm2, WezTerm, Ghostty, kitty, Windows Terminal"),
            Choice("osc777", "OSC 777", "for foot, urxvt, Ghostty and others"),
        ),
    ),
    Setting(
        "unread_first",
        "Order of the list",
        (
            Choice(False, "newest first", "who wrote last stands on top"),
            Choice(True, "unread first", "what is new stands on top, then who wrote last"),
        ),
    ),
)
_KEYS = Setting("keys", "Keys", tuple(_preset(name) for name in PRESETS))
