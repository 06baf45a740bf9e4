"""The input line: Enter hands over what stands in it. Refuses to know to whom, and what a slash means.

Enter and the keys of commands are handled here, in the order in which they were typed: a binding would be carried out
only after the letters that follow, which a fast typist means for another line or another person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from textual import events
from textual.widgets import Input

from xasup.protocol.inert import one_line

Do = Callable[[str], Awaitable[None]]


class Composer(Input):
    """One line; what is pasted in several is joined, so that nothing of it is lost, and escapes in it are spelled."""

    def __init__(self, enter: Do, order: Do, keys: Mapping[str, str], id: str) -> None:
        """*enter*: gets each line; *order*: the name of a command, by the *keys* that give it."""
        super().__init__(id=id, placeholder="a message, or /command", compact=True, select_on_focus=False)
        self._enter, self._order, self._keys = enter, order, keys

    async def _on_key(self, event: events.Key) -> None:
        if event.key != "enter" and event.key not in self._keys:
            await super()._on_key(event)
            return
        event.prevent_default()
        event.stop()
        if event.key == "enter":
            line, self.value = self.value, ""
            await self._enter(line)
        else:
            await self._order(self._keys[event.key])

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(one_line(" ".join(event.text.splitlines()).expandtabs(4)), *sorted(self.selection))
