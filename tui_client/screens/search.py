"""Look for words in all conversations or in the open one, with results as one types. Refuses to know how they look.

One question is under way at a time. What is typed meanwhile waits, only the newest of it, and an answer to a question
that is not the present one any more is dropped; so typing never waits, and nothing old is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from tui_client.counter import Desk
from tui_client.finding.hits import Hits, Quest, hit_lines, spoken
from tui_client.finding.trail import Place
from tui_client.screens.panel import Panel, said
from tui_client.spans import Line, Role, foreign_line
from tui_client.widgets.field import Field
from xasup.protocol.errors import XasupError

PAGE = 50  # lines asked for at once


async def look(desk: Desk, hits: Hits) -> Hits:
    """These with the page that follows. Raises Unavailable."""
    quest, before = hits.quest, hits.lines[-1].seq if hits.lines else None
    if not quest.words.strip():
        return hits
    lines = await desk.engine.search(quest.words, quest.conversation, limit=PAGE, before=before)
    return hits.joined(lines, PAGE)


class Search(Panel[Place]):
    """Its result is the place of the line that was chosen."""

    HINT = "words to look for"

    def __init__(self, desk: Desk, hits: Hits) -> None:
        """*hits*: found already, or only what to look for."""
        super().__init__()
        self._desk, self._hits, self._quest = desk, hits, hits.quest
        self._wanted, self._trouble = asyncio.Event(), ""

    def spoken(self) -> Sequence[str]:
        lines = [spoken(self._desk.view, line, self._desk.clocks.wall()) for line in self._hits.lines]
        return lines or [f"nothing is found for {self._quest.words}" if self._quest.words else "say /search WORDS"]

    def begun(self) -> str:
        return self._quest.words

    def began(self) -> None:
        self._draw()
        self.run_worker(self._answer(), name="search")

    def typed(self, text: str) -> None:
        self._ask(replace(self._quest, words=text))

    def choose(self, row: int) -> None:
        if self._hits.lines and self._hits.quest == replace(self._quest, words=self.query_one(Field).value):
            line = self._hits.lines[row]
            self.dismiss(Place(line.conversation, line.seq))

    async def press(self, key: str) -> bool:
        if key != "tab":
            known = await super().press(key)
            if self._hits.more and self.listing.at_end:
                self._wanted.set()
            return known
        here = self._desk.view.open or None
        self._ask(replace(self._quest, conversation=None if self._quest.conversation else here))
        return True

    def title_lines(self, cells: int) -> Sequence[Line]:
        where = self._title(self._quest.conversation) if self._quest.conversation else "all conversations"
        return said(f"Search in {where}{self._count()}", cells, Role.SELECTED)

    def key_lines(self, cells: int) -> Sequence[Line]:
        if self._trouble:
            return said(f"✗ {foreign_line(self._trouble)}", cells, Role.BAD)
        here = self._desk.view.open
        other = "in all" if self._quest.conversation else f"only in {self._title(here)}" if here else ""
        tab = f" · Tab {other}" if other else ""
        return said(f"Enter goes there{tab} · Esc leaves", cells)

    # ---- inside

    def _ask(self, quest: Quest) -> None:
        if quest != self._quest:
            self._quest = quest
            self.moved()
            self._wanted.set()

    async def _answer(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            asked = self._hits if self._hits.quest == self._quest else Hits(self._quest)
            try:
                found, trouble = await look(self._desk, asked), ""
            except XasupError as error:
                found, trouble = asked, str(error)
            if asked.quest == self._quest:
                self._hits, self._trouble = found, trouble
                self._draw(self.listing.current if asked.lines else 0)

    def _draw(self, current: int = 0) -> None:
        hits = self._hits
        now = self._desk.clocks.wall()
        draw = [partial(hit_lines, self._desk.view, line, hits.quest, now) for line in hits.lines]
        self.show_rows(draw, current)

    def _count(self) -> str:
        hits = self._hits
        if not hits.quest.words.strip() or hits.quest != self._quest:
            return ""
        return f": {len(hits.lines)}{' and more' if hits.more else ''} found"

    def _title(self, key: str) -> str:
        return foreign_line(self._desk.view.title(key))
