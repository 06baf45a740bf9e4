"""Where one writes: Enter hands over what stands in it. Refuses to know to whom, and what a slash means.

Every key is handled here and at once, in the order in which it was typed: a binding would be carried out only after the
letters that follow, which a fast typist means for another line or another person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import events
from textual.widgets import TextArea

from xasup.protocol.inert import inert

Do = Callable[[str], Awaitable[None]]
# The last two: Alt and Shift with Enter, as Textual names them where xterm or tmux spells the modifiers.
NEW_LINE = ("ctrl+j", "alt+enter", "shift+enter", "\r", "shift+\r")


class Composer(TextArea):
    """A few rows; what is pasted stays one message, and escapes in it are spelled."""

    def __init__(self, enter: Do, key: Callable[[str, bool], Awaitable[bool]], id: str) -> None:
        """*enter*: gets each text; *key*: gets every key first, and whether nothing is written; True: it took it."""
        super().__init__(id=id, placeholder="a message, or /command", compact=True, highlight_cursor_line=False)
        self._enter, self._take = enter, key
        self.cursor_blink = False  # a timer that draws twice a second for as long as the program runs

    def put(self, text: str) -> None:
        """Write *text* instead of what stands there, the cursor behind it."""
        self.load_text(inert(text))
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        if await self._take(event.key, not self.text):
            pass
        elif event.key == "enter":
            text = self.text
            self.put("")
            await self._enter(text)
        elif event.key in NEW_LINE:
            self._write("\n")
        elif event.is_printable and event.character:
            self._write(event.character)
        elif not await self._edit(event.key):
            return
        event.prevent_default()
        event.stop()

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._write(inert(event.text.replace("\r\n", "\n").replace("\r", "\n")))

    def _write(self, text: str) -> None:
        result = self._replace_via_keyboard(text, *self.selection)
        if result is not None:
            self.move_cursor(result.end_location)

    async def _edit(self, key: str) -> bool:
        """What this key does to the text: the bindings of every TextArea, carried out now."""
        bindings = self._bindings.key_to_bindings.get(key, [])
        for binding in bindings[:1]:
            await self.run_action(binding.action)
        return bool(bindings)
