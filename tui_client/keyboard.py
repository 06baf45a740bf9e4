"""Which command a pressed key gives at this moment. Pure but for the first of two keys in a row, which it remembers.

Refuses to know what commands do, and toolkits: keys are names.
"""

from __future__ import annotations

from tui_client.commands.table import by_key, by_message_key
from tui_client.keys import USUAL, Keys, begins

IN_TEXT = {"escape": "select"}
IN_EMPTY_TEXT = {"up": "above", "home": "oldest", "end": "newest"}
AT_MESSAGE = {"up": "above", "down": "below", "enter": "write", "escape": "write"}
SWALLOWED = ""


class Keyboard:
    """The keys that hold for one person."""

    def __init__(self, keys: Keys = USUAL) -> None:
        self._anywhere, self._at_message = by_key(keys), {**AT_MESSAGE, **by_message_key(keys)}
        self._begun = ""

    def command(self, key: str, selected: bool, empty: bool) -> str | None:
        """The name of a command; SWALLOWED for the first key of two; None where the key is for the input line.
        *selected*: a message is; *empty*: the input line is."""
        if not selected:
            self._begun = ""
            return self._anywhere.get(key) or IN_TEXT.get(key) or (IN_EMPTY_TEXT.get(key) if empty else None)
        pressed, self._begun = f"{self._begun} {key}".strip(), ""
        if begins(self._at_message, pressed):
            self._begun = pressed
            return SWALLOWED
        return self._at_message.get(pressed) or self._at_message.get(key) or self._anywhere.get(key)
