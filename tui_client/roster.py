"""The list on the left, as values: who is in it, in which order, and how each is drawn. Refuses to know widgets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from tui_client import words
from tui_client.spans import Line, Role, Span, fit, foreign_line, width
from tui_client.standing import Standing
from tui_client.view import View
from xasup.client.moments import moment
from xasup.client.values import Contact, Conversation, Group, group_key, group_of

ROOMY = 16  # rows of the list from which on an entry takes two
FOLD = "archive:"  # stands for all that is archived; no conversation is called so
PINNED, MUTED, MARKED = "↑", "∅", "•"
TRAITS = {
    PINNED: "pinned: stays at the top",
    MUTED: "muted: does not ring",
    f"({MARKED})": "marked as unread by you",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One conversation in the list. *count*: what is new, as it is drawn; *last*: its place in time, 0 without
    messages; *ts*: of the last line, milliseconds."""

    key: str
    title: str
    standing: Standing
    preview: str = ""
    unread: int = 0
    last: int = 0
    ts: int = 0
    pinned: bool = False
    muted: bool = False
    archived: bool = False
    marked: bool = False

    @property
    def waits(self) -> bool:
        """Is there something for me to look at or to answer?"""
        return self.standing.waits_for_me or self.marked or (self.unread > 0 and not self.muted)

    @property
    def count(self) -> str:
        return f" ({self.unread or MARKED})" if self.unread or self.marked else ""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What an entry is made of; the same values give the same entry."""

    conversation: Conversation | None
    contact: Contact | None
    group: Group | None
    typing: str
    open: bool

    def same(self, other: _Facts) -> bool:
        return (
            self.conversation is other.conversation
            and self.contact is other.contact
            and self.group is other.group
            and (self.typing, self.open) == (other.typing, other.open)
        )


class Roster:
    """The entries of one view after another. What did not change is not made again, and not sorted again: most of what
    happens in a list of a thousand is that one person comes or goes."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[_Facts, Entry]] = {}
        self._before: View | None = None
        self._entries: tuple[Entry, ...] = ()
        self._places: dict[str, int] = {}

    def entries(self, view: View) -> tuple[Entry, ...]:
        """In order. Requests that wait for my answer, what is pinned, then conversations by their last line, then the
        rest by name; at the end what is archived, folded unless somebody opened the fold or filters."""
        before, self._before = self._before, view
        renewed = self._renewed(view, _differing(before, view)) if before and _alike(before, view) else None
        if renewed is None:
            renewed = self._arrange(view)
            self._places = {entry.key: place for place, entry in enumerate(renewed)}
        self._entries = renewed
        return renewed

    def _renewed(self, view: View, keys: Sequence[str]) -> tuple[Entry, ...] | None:
        """The same list with these entries made anew; None where the order is another."""
        if not keys:
            return self._entries
        entries, first = list(self._entries), view.preferences.unread_first
        for key in keys:
            made, place = self._entry(view, key), self._places.get(key)
            if made is None and place is None:
                continue
            if made is None or place is None or _order(made[1], first) != _order(entries[place], first):
                return None
            self._made[key], entries[place] = made, made[1]
        return tuple(entries)

    def _arrange(self, view: View) -> tuple[Entry, ...]:
        first = view.preferences.unread_first
        made = {key: self._entry(view, key) for key in _keys(view)}
        self._made = {key: known for key, known in made.items() if known is not None}
        entries = [entry for _, entry in self._made.values() if _fits(entry, view.filter)]
        entries.sort(key=lambda entry: _order(entry, first))
        archived = [entry for entry in entries if entry.archived]
        if not archived or view.filter:
            return tuple(entries)
        shown = [entry for entry in entries if not entry.archived or entry.key == view.open]
        return (*shown, _fold(archived, view.unfolded), *(archived if view.unfolded else ()))

    def _entry(self, view: View, key: str) -> tuple[_Facts, Entry] | None:
        group = group_of(key)
        facts = _Facts(
            view.conversations.get(key),
            view.contacts.get(key) if group is None else None,
            view.groups.get(group) if group is not None else None,
            view.typing[key][0] if key in view.typing else "",
            key == view.open,
        )
        known = self._made.get(key)
        if known is not None and known[0].same(facts):
            return known
        entry = _entry(view, key, facts)
        if entry.standing is Standing.STRANGER and facts.conversation is None and not facts.open:
            return None
        return facts, entry


def roster(view: View) -> tuple[Entry, ...]:
    """The entries of one view."""
    return Roster().entries(view)


def next_key(entries: tuple[Entry, ...], current: str, step: int) -> str:
    """The conversation *step* places on, around the ends; "" in an empty list."""
    keys = [entry.key for entry in entries if entry.key != FOLD]
    if current not in keys:
        return keys[0 if step > 0 else -1] if keys else ""
    return keys[(keys.index(current) + step) % len(keys)]


def next_unread(entries: tuple[Entry, ...], current: str) -> str:
    """The next one with something new, after the current one and around; *current* where there is none."""
    keys = [entry.key for entry in entries]
    start = keys.index(current) + 1 if current in keys else 0
    turned = entries[start:] + entries[:start]
    return next((entry.key for entry in turned if entry.waits), current)


class Rows(Sequence[Line]):
    """The list in lines of *cells* cells, two for an entry where there is room; each is made when it is asked for."""

    def __init__(self, entries: tuple[Entry, ...], current: str, cells: int, height: int, now: datetime) -> None:
        self._entries, self._current, self._cells, self._now = entries, current, cells, now
        self.each = 2 if height >= ROOMY else 1

    def __len__(self) -> int:
        return len(self._entries) * self.each

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        entry = self._entries[at // self.each]
        if at % self.each:
            return _second(entry, self._cells, self._now)
        return _first(entry, entry.key == self._current, self._cells)

    def differing(self, before: Rows, rows: Iterable[int]) -> Iterator[int]:
        """Those of these rows that look otherwise than *before*, which has as many."""
        alike = (before.each, before._cells, before._now.date()) == (self.each, self._cells, self._now.date())
        for row in rows:
            entry, known = self._entries[row // self.each], before._entries[row // before.each]
            same = alike and entry is known and (entry.key == self._current) == (known.key == before._current)
            if not same and self[row] != before[row]:
                yield row

    def row(self, key: str) -> int | None:
        """The first row of an entry."""
        return next((at * self.each for at, entry in enumerate(self._entries) if entry.key == key), None)


def _alike(before: View, view: View) -> bool:
    """May the list differ in single entries alone?"""
    return (
        before.groups is view.groups
        and (before.open, before.filter, before.unfolded) == (view.open, view.filter, view.unfolded)
        and before.preferences is view.preferences
        and len(before.contacts) == len(view.contacts)
        and len(before.conversations) == len(view.conversations)
    )


def _differing(before: View, view: View) -> list[str]:
    """The conversations about which something changed; all that did not is the same value."""
    pairs: tuple[tuple[Mapping[str, object], Mapping[str, object]], ...] = (
        (before.contacts, view.contacts),
        (before.conversations, view.conversations),
        (before.typing, view.typing),
        (view.typing, before.typing),
    )
    return [key for old, new in pairs if old is not new for key, value in new.items() if old.get(key) is not value]


def _keys(view: View) -> dict[str, None]:
    groups = (group_key(group.group) for group in view.groups.values())
    return {key: None for keys in (view.contacts, groups, view.conversations, (view.open,)) for key in keys if key}


def _entry(view: View, key: str, facts: _Facts) -> Entry:
    conversation = facts.conversation or Conversation(key)
    last, traits = conversation.last, conversation.traits
    standing = view.standing(key)
    ts, seq = (last.ts, last.seq) if last else (0, 0)
    flags = (traits.pinned, traits.muted, traits.archived, traits.marked)
    return Entry(
        key, view.title(key), standing, _preview(view, key, facts, standing), conversation.unread, seq, ts, *flags
    )


def _preview(view: View, key: str, facts: _Facts, standing: Standing) -> str:
    last = facts.conversation.last if facts.conversation else None
    draft = facts.conversation.traits.draft if facts.conversation and not facts.open else ""
    if standing.waits_for_me:
        return view.greeting(key) or standing.look.sentence
    if facts.typing:
        return words.writing(facts.typing, key)
    if draft:
        return f"draft: {draft}"
    if not last and not standing.writable:
        return standing.look.sentence
    return words.preview(last, group_of(key) is not None)


def _order(entry: Entry, unread_first: bool) -> tuple[int, int, int, int, int, str]:
    waits = 0 if entry.standing.waits_for_me else 1
    new = 0 if unread_first and entry.waits else 1
    return (1 if entry.archived else 0, waits, 0 if entry.pinned else 1, new, -entry.last, entry.key)


def _fits(entry: Entry, letters: str) -> bool:
    wanted = letters.casefold()
    return wanted in entry.key.casefold() or wanted in entry.title.casefold()


def _fold(archived: Sequence[Entry], unfolded: bool) -> Entry:
    unread = sum(entry.unread for entry in archived)
    title = f"{'▾' if unfolded else '▸'} archived: {len(archived)}"
    return Entry(FOLD, title, Standing.IN_GROUP, "", unread)


def _first(entry: Entry, current: bool, cells: int) -> Line:
    look = entry.standing.look
    marks = "".join(f" {mark}" for mark, on in ((PINNED, entry.pinned), (MUTED, entry.muted)) if on)
    right = marks + entry.count
    title = fit(foreign_line(entry.title), cells - 3 - width(right))
    role = Role.SELECTED if current else Role.ATTENTION if entry.waits else Role.PLAIN
    mark = Span("  " if entry.key == FOLD else f"{look.mark} ", look.role)
    count = Role.DIM if entry.muted else Role.ATTENTION
    pointer = Span("▸" if current else " ", Role.SELECTED)
    return Line((pointer, mark, Span(title, role), Span(marks, Role.DIM), Span(entry.count, count)), entry.key)


def _second(entry: Entry, cells: int, now: datetime) -> Line:
    time = _clock(entry.ts, now) if entry.ts else ""
    preview = fit("   " + foreign_line(entry.preview), cells - width(time))
    return Line((Span(preview, Role.DIM), Span(time, Role.DIM)), entry.key)


def _clock(ts: int, now: datetime) -> str:
    """When that was, in at most seven cells."""
    at = moment(ts, now.tzinfo)
    if at is None:
        return ""
    days = (now.date() - at.date()).days
    if days <= 0:
        return f" {at:%H:%M}"
    return f" {at:%a}" if days < 7 else f" {at.day} {at:%b}"
