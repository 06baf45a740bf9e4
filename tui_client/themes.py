"""The looks that one can choose from: two of our own, dark and light, and Textual's. Refuses to know the style sheet.

Of ours every role reads with a contrast of at least 4.5 to 1 on every ground it stands on (a test measures it).
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.theme import Theme

from xasup.protocol.errors import Malformed

DARK = Theme(
    name="xasup-dark",
    primary="#7fb8ff",
    secondary="#a9b3ff",
    accent="#f2b880",
    success="#7fdc97",
    warning="#ffd166",
    error="#ff9a94",
    foreground="#e8ebf0",
    background="#11151b",
    surface="#191f28",
    panel="#232b37",
    dark=True,
    variables={
        "text-primary": "#7fb8ff",
        "text-accent": "#f2b880",
        "text-success": "#7fdc97",
        "text-warning": "#ffd166",
        "text-error": "#ff9a94",
        "foreground-darken-1": "#b9c2ce",
        "foreground-darken-3": "#9ca8b8",
    },
)
LIGHT = Theme(
    name="xasup-light",
    primary="#0b559f",
    secondary="#4a4aa8",
    accent="#7b3a94",
    success="#17632f",
    warning="#704a00",
    error="#a8231c",
    foreground="#1d2227",
    background="#fcfbf8",
    surface="#f3f1eb",
    panel="#e8e5dc",
    dark=False,
    variables={
        "text-primary": "#0b559f",
        "text-accent": "#7b3a94",
        "text-success": "#17632f",
        "text-warning": "#704a00",
        "text-error": "#a8231c",
        "foreground-darken-1": "#464d55",
        "foreground-darken-3": "#545b64",
    },
)
OURS = (DARK, LIGHT)
USUAL_THEME = DARK.name


def worn(name: str, known: Iterable[str]) -> str:
    """The theme of the name that is kept; the usual one for "", and where a later version had others."""
    return name if name in known else USUAL_THEME


def kept(name: str) -> str:
    """The inverse."""
    return "" if name == USUAL_THEME else name


def chosen(name: str, known: Iterable[str]) -> str:
    """The theme of this name among the *known*, "" being the usual one. Raises Malformed, naming those there are."""
    names = sorted(known, key=lambda each: (not each.startswith("xasup"), each))
    if (name or USUAL_THEME) not in names:
        raise Malformed(f"there is no theme {name}; there are {', '.join(names)}")
    return name or USUAL_THEME
