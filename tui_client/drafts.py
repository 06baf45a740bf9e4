"""Texts that were begun, one for each conversation: kept by the engine, so that they outlive this program.

Refuses to know widgets and timers: whoever has it says when to keep.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui_client.engine import Engine
from xasup.client.values import Conversation


class Drafts:
    """What is begun now, and what of it the engine has."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._begun: dict[str, str] = {}
        self._changed: set[str] = set()

    def text(self, key: str, conversations: Mapping[str, Conversation]) -> str:
        """What was begun in this conversation, now or before this program started."""
        if key in self._begun:
            return self._begun[key]
        known = conversations.get(key)
        return known.traits.draft if known else ""

    def begin(self, key: str, text: str, conversations: Mapping[str, Conversation]) -> bool:
        """This stands there now. True where that is new."""
        if text == self.text(key, conversations):
            return False
        self._begun[key] = text
        if key:
            self._changed.add(key)
        return True

    async def keep(self) -> None:
        """Let the engine have what it has not. Raises Unavailable; then it is tried again with the next change."""
        changed, self._changed = self._changed, set()
        try:
            for key in sorted(changed):
                await self._engine.keep_draft(key, self._begun[key])
        except BaseException:
            self._changed |= changed
            raise
