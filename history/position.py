"""A place in the order of a store, as clients get it and give it back: `{generation}.{place}`, opaque to them.

Refuses to know: what lies there.
"""

from __future__ import annotations

from xasup.protocol.errors import Malformed

DIGITS = 16  # hexadecimal, of a generation


def spell(generation: str, place: int) -> str:
    return f"{generation}.{place}"


def parse(text: str) -> tuple[str, int]:
    """The inverse of spell(). Raises Malformed."""
    generation, dot, place = text.partition(".")
    if not dot or not generation or not (place.isascii() and place.isdecimal()) or len(place) > 18:
        raise Malformed(f"position: expected the one of an answer (got {text[:80]!r})")
    return generation, int(place)


def begin(text: str | None, generation: str) -> tuple[int, bool]:
    """After which place to begin, and whether that is anew: the position is of another generation. Raises Malformed."""
    if text is None:
        return 0, False
    theirs, place = parse(text)
    return (place, False) if theirs == generation else (0, True)
