"""What is new between two views, as lines to say, and what was said so far: a value. Pure.

Refuses to know who says it, and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo

from tui_client.plain import sentences
from tui_client.view import View
from xasup.client.moments import day_of
from xasup.client.values import Conversation, Link, Message
from xasup.protocol.states import State

OPENING = 10  # lines said when a conversation is opened; more where more are new


@dataclass(frozen=True, slots=True)
class Told:
    """*view*: as it was when something was said last; *first*, *last*: the `seq` of the lines said in the open
    conversation, 0 for none; *day*: said last; *states*: of messages of mine, as they were said; *link*: said last;
    *opening*: the lines of the open conversation are not read yet."""

    view: View
    first: int = 0
    last: int = 0
    day: date | None = None
    states: Mapping[str, State] = field(default_factory=dict)
    link: Link = Link.CONNECTING
    opening: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """*lines* to say now; *shown*: ids of others' unread messages among them."""

    told: Told
    lines: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


def news(told: Told, view: View, zone: tzinfo | None = None) -> Say:
    """Everything but states."""
    before = told.view
    link = view.connection.link
    said = [*_connection(told, view), *_requests(before, view), *_elsewhere(before, view), *_remark(before, view)]
    if view.open != before.open or (view.open and view.standing(view.open) is not before.standing(view.open)):
        said.append(sentences.opened(view))
    told = replace(told, view=view, link=told.link if link is Link.CONNECTING else link)
    if view.open != before.open:
        told = Told(view, link=told.link, opening=True)
    told, lines, shown = _lines(told, view, zone)
    return Say(told, (*said, *lines), shown)


def opened(told: Told, zone: tzinfo | None = None) -> Say:
    """The lines of the conversation that was opened are read: the last ones, and all that are new."""
    return Say(*_lines(replace(told, opening=False), told.view, zone))


def states(told: Told, view: View) -> Say:
    """How far messages of mine came; once several events have come in, so that few sentences say it."""
    mine = [line for line in view.lines if line.mine and _reached(told, view, line)]
    further = tuple(sentences.came_further(mine, view.open))
    return Say(replace(told, states={**told.states, **_states(mine)}), further)


def older(told: Told, lines: list[Message], zone: tzinfo | None = None) -> Say:
    """A page from before all that was said."""
    if not lines:
        return Say(told, ("That is the beginning.",))
    said = sentences.messages(lines, _known(lines), zone, None)
    states = {**told.states, **_states(lines)}
    return Say(replace(told, first=lines[0].seq, day=None, states=states), tuple(said), _ids(lines))


def _lines(told: Told, view: View, zone: tzinfo | None) -> tuple[Told, tuple[str, ...], tuple[str, ...]]:
    if told.opening:
        return told, (), ()
    opening = not told.last
    new = [line for line in view.lines if line.seq > told.last]
    if opening:
        new = new[-max(OPENING, _unread(new)) :]
    if not new:
        return told, (), ()
    spoken = [line for line in new if opening or not _just_written(line)]
    said = sentences.messages(spoken, _known(view.lines), zone, told.day)
    day = day_of(spoken[-1].ts, zone) if spoken else told.day
    first = told.first or new[0].seq
    states = {**told.states, **_states(spoken)}
    return replace(told, first=first, last=new[-1].seq, day=day, states=states), tuple(said), _ids(new)


def _just_written(line: Message) -> bool:
    return line.mine and line.state is State.SENDING  # it stands where it was typed


def _unread(lines: list[Message]) -> int:
    first = next((at for at, line in enumerate(lines) if line.unread), len(lines))
    return len(lines) - first


def _ids(lines: list[Message]) -> tuple[str, ...]:
    return tuple(line.id for line in lines if line.unread)


def _known(lines: Iterable[Message]) -> dict[str, Message]:
    return {line.id: line for line in lines}


def _states(lines: Iterable[Message]) -> dict[str, State]:
    return {line.id: line.state for line in lines if line.mine}


def _reached(told: Told, view: View, line: Message) -> bool:
    if line.seq < told.first or told.states.get(line.id) is line.state:
        return False
    return line.state is not State.SENDING or view.connection.link is not Link.ONLINE


def _connection(told: Told, view: View) -> Iterator[str]:
    before, now = told.view, view.connection.link
    if now not in (told.link, Link.CONNECTING):
        yield sentences.connection(view)
    if before.past is None and view.past is not None:
        yield "What you missed is being fetched."
    if before.past is not None and view.past is None and now is Link.ONLINE:
        yield "All that you missed is here."


def _requests(before: View, view: View) -> Iterator[str]:
    known = set(before.waiting())
    yield from (sentences.request(view, key) for key in view.waiting() if key not in known)


def _elsewhere(before: View, view: View) -> Iterator[str]:
    if view.conversations is before.conversations:
        return
    for key, now in view.conversations.items():
        more = now.unread - _count(before.conversations.get(key))
        if key != view.open and more > 0 and not now.traits.muted:
            yield sentences.unread(view, key, more)


def _count(conversation: Conversation | None) -> int:
    return conversation.unread if conversation else 0


def _remark(before: View, view: View) -> Iterator[str]:
    asked = len(view.waiting()) > len(before.waiting())  # then it has been said
    if view.remark.text and view.remark != before.remark and not asked:
        yield sentences.remark(view.remark.text)
