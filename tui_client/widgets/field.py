"""One line to type in, above rows that it narrows. Refuses to know the rows: keys are offered to its owner first.

They are offered here and not by bindings, so that they are carried out in the order in which they were typed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import events
from textual.widgets import Input

from xasup.protocol.inert import one_line


class Field(Input):
    """What is pasted is one line, its escapes spelled."""

    def __init__(
        self, press: Callable[[str], Awaitable[bool]], value: str = "", hint: str = "", id: str = "field"
    ) -> None:
        """*press*: gets each key, and says whether that was all there is to do about it."""
        super().__init__(value, id=id, placeholder=hint, compact=True, select_on_focus=False)
        self._press = press
        self.cursor_blink = False  # as in the composer

    async def _on_key(self, event: events.Key) -> None:
        if await self._press(event.key):
            event.prevent_default()
            event.stop()
        else:
            await super()._on_key(event)

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(one_line(" ".join(event.text.splitlines()).expandtabs(4)), *sorted(self.selection))
