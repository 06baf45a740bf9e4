"""Teaches Textual that Alt+Enter is not Enter. Refuses to know what either of them does.

Most terminals send Alt+Enter as ESC and CR, which Textual takes for Enter: a text would go out half written.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS  # there is no public way to name a sequence
from textual.keys import Keys

SEQUENCE = "\x1b\r"


def teach() -> None:
    """From now on it is Ctrl+J, which is the other key for a new line."""
    known = cast("MutableMapping[str, Any]", ANSI_SEQUENCES_KEYS)  # a dict that is declared as read only
    known[SEQUENCE] = (Keys.ControlJ,)
