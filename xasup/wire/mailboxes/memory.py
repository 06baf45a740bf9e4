"""Mailboxes in memory: the honest twin of the real ones, for tests and experiments."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from heapq import merge

from xasup.protocol import topics
from xasup.protocol.ids import UserId
from xasup.protocol.topics import Space
from xasup.wire.log.port import Cursor
from xasup.wire.mailboxes import port
from xasup.wire.mailboxes.port import MAX_COUNT, Batch, Entry, Kept, Letter, Membership, Page, Sight, Standing, Wanted
from xasup.wire.mailboxes.spans import NEVER, OPEN, Span, cut, turn


class MemoryMailboxes:
    """*generation*: as a new store would be given it."""

    def __init__(self, generation: str) -> None:
        self.generation = generation
        self._turns = threading.RLock()
        self._head = 0
        self._cursor: Cursor = {}
        self._letters: dict[int, Letter] = {}  # by place
        self._boxes: dict[str, list[int]] = {}  # places, in order
        self._known: dict[tuple[str, str], int] = {}  # (id, sender) -> place
        self._spans: dict[tuple[str, str], list[Span]] = {}  # by user and group
        self._sights: dict[tuple[str, str, str], tuple[int, int]] = {}  # (id, author, by) -> delivered, read

    def close(self) -> None:
        """It stays as it is: whoever has it can look again."""

    def check(self, stopped: Callable[[], bool]) -> None:
        """Memory forgets nothing."""

    def cursor(self) -> Cursor:
        return self._cursor

    def keep(self, batch: Batch) -> Kept:
        with self._turns:
            return self._keep(batch)

    def page(self, wanted: Wanted) -> Page:
        with self._turns:
            return self._page(wanted)

    def standing(self, user: UserId, sender: UserId, id: str) -> Standing | None:
        with self._turns:
            return self._standing(user, sender, id)

    def _keep(self, batch: Batch) -> Kept:
        first = self._head
        new = [self._put(first + letter.order, letter) for letter in batch.letters]
        if batch.gap:
            self._spans = {key: [cut(span, first + 1) for span in spans] for key, spans in self._spans.items()}
        for membership in batch.memberships:
            self._turn(first + membership.order, membership)
        for sight in batch.sights:
            self._see(sight)
        self._head = first + batch.count
        self._cursor = {**self._cursor, **batch.cursor}
        return Kept(sum(new), len(new) - sum(new))

    def _page(self, wanted: Wanted) -> Page:
        found: list[Entry] = []
        left, room = 0, wanted.room
        for entry in merge(*(self._entries(box, span, wanted.after) for box, span in self._visible(wanted))):
            room -= len(entry.payload)
            if left or len(found) == wanted.limit or (found and room < 0):
                left += 1
            else:
                found.append(entry)
        return Page(found, left > 0, self._head, min(left, MAX_COUNT) if wanted.counted else 0)

    def _standing(self, user: UserId, sender: UserId, id: str) -> Standing | None:
        place = self._known.get((id, sender))
        if place is None:
            return None
        letter = self._letters[place]
        address = topics.parse(letter.topic)
        if address.space is Space.GROUP:
            visible = self._visible(Wanted(user, peer=f"g:{address.owner}"))
            seen = any(entry.seq == place for box, span in visible for entry in self._entries(box, span, 0))
            return Standing(letter.at, "", 0, 0) if seen or user == sender else None
        if user not in (address.owner, address.actor):
            return None
        return Standing(letter.at, address.owner, *self._sights.get((id, sender, address.owner), (0, 0)))

    def _put(self, place: int, letter: Letter) -> bool:
        """False where it is here already."""
        address = topics.parse(letter.topic)
        if letter.id is not None and self._known.setdefault((letter.id, address.actor), place) != place:
            return False
        self._letters[place] = letter
        for box in port.boxes(address):
            self._boxes.setdefault(box, []).append(place)
        return True

    def _turn(self, place: int, news: Membership) -> None:
        spans = self._spans.setdefault((news.user, news.group), [])
        last = spans[-1] if spans else None
        span = turn(last, news, place)
        if span is not None:
            if last is not None and span.start == last.start:
                spans.pop()
            spans.append(span)

    def _see(self, sight: Sight) -> None:
        key = (sight.id, sight.author, sight.by)
        delivered, read = self._sights.get(key, (0, 0))
        if sight.read:
            self._sights[key] = (delivered, read or sight.at)
        elif not read:
            self._sights[key] = (delivered or sight.at, read)

    def _visible(self, wanted: Wanted) -> Iterator[tuple[str, Span]]:
        """Mailboxes, with the part of each that is theirs."""
        whole = Span(0, OPEN, 0, NEVER)
        if not wanted.peer:
            yield port.own(wanted.user), whole
        elif not wanted.peer.startswith("g:"):
            yield port.talk(wanted.user, UserId(wanted.peer)), whole
            return
        for (user, group), spans in self._spans.items():
            if user == wanted.user and wanted.peer in ("", f"g:{group}"):
                for span in spans:
                    yield port.group(group), span

    def _entries(self, box: str, span: Span, after: int) -> Iterator[Entry]:
        places = self._boxes.get(box, [])
        for place in places[bisect_right(places, max(after, span.start)) :]:
            letter = self._letters[place]
            if place < span.end and letter.at <= span.until:
                yield Entry(place, letter.topic, letter.payload, letter.at, letter.log)
