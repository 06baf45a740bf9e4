"""A QR code in half blocks: two modules in a cell, one over the other. Pure. Refuses to know colours and what it says.

A reader wants dark on light, so the lines are for a style that is black on white on every terminal.
"""

from __future__ import annotations

from collections.abc import Sequence

import segno

QUIET = 4  # light modules around, as the standard says
NARROW = 2  # readers do not insist on it, and 24 rows have no room for it
_CELL = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}

Modules = Sequence[Sequence[bool]]


def modules(text: str, quiet: int = QUIET) -> Modules:
    """The code that says *text*, with so many light modules around; True is dark."""
    code = segno.make(text, error="l", boost_error=False, micro=False)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=quiet)]


def drawn(code: Modules) -> list[str]:
    """In lines, as many cells wide as *code* has modules in a row and half as many high."""
    light = [False] * len(code[0])
    rows = [*code, light] if len(code) % 2 else code
    return ["".join(_CELL[pair] for pair in zip(*two, strict=True)) for two in zip(rows[::2], rows[1::2], strict=True)]
