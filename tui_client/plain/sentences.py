"""What is said in the plain mode, as lines: messages with who and when, and a sentence for everything else. Pure.

A message begins with the time and who wrote it, and so does each of its further lines: nobody can forge another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from itertools import groupby

from tui_client import words
from tui_client.spans import fit, foreign, foreign_line, width
from tui_client.ticks import TICKS
from tui_client.transcript import YOU
from tui_client.view import View
from xasup.client.moments import in_words, moment
from xasup.client.values import Link, Message, group_of
from xasup.protocol.states import State

QUOTED = 40  # cells of a message that is only named


def messages(
    lines: Iterable[Message], known: Mapping[str, Message], zone: tzinfo | None, last: date | None
) -> list[str]:
    """Each message, and the day before the first of each day. *last*: the day that was said last."""
    return list(_messages(lines, known, zone, last))


def opened(view: View) -> str:
    """A conversation was turned to."""
    if not view.open:
        return "No conversation is open."
    name, standing = foreign_line(view.title(view.open)), view.standing(view.open)
    offers = f" You can type {_either(standing.look.offers)}." if standing.look.offers else ""
    greeting = f": “{foreign_line(view.greeting(view.open))}”" if view.greeting(view.open) else ""
    if group_of(view.open) is not None:
        return f"You are in the group {name}{_part(standing.look.sentence)}.{offers}"
    return f"You are with {name}, who {_verb(standing.look.sentence)}{greeting}.{offers}"


def came_further(lines: Sequence[Message], to: str) -> list[str]:
    """States of messages of mine to *to*; several in one state in one sentence."""
    ordered = sorted(lines, key=lambda line: list(State).index(line.state))
    return [
        sentence
        for state, group in groupby(ordered, key=lambda line: line.state)
        for sentence in _in_state(state, list(group), to)
    ]


def request(view: View, key: str) -> str:
    """Somebody asks, or a group invites."""
    name, greeting = foreign_line(view.title(key)), foreign_line(view.greeting(key))
    what = f"{name} asks to talk with you" if group_of(key) is None else f"The group {name} invites you"
    said = f": “{greeting}”" if greeting else ""
    return f"{what}{said}. You can type /accept {key} or /deny {key}."


def unread(view: View, key: str, count: int) -> str:
    """Something came to a conversation that is not open."""
    what, it = ("is a new message", "it") if count == 1 else (f"are {count} new messages", "them")
    return f"There {what} from {foreign_line(view.title(key))}; /open {key} says {it}."


def connection(view: View) -> str:
    """How it is now."""
    why = f": {foreign_line(view.connection.reason)}" if view.connection.reason else ""
    match view.connection.link:
        case Link.ONLINE:
            return "You are online."
        case Link.REFUSED:
            return f"The broker has refused this device{why}."
        case _:
            return f"You are offline{why}. What you write waits, and goes out by itself."


def remark(text: str) -> str:
    """What a command says, as a sentence."""
    line = foreign_line(text)
    ends = line.endswith((".", "…", "?", "!", ":")) or "://" in line.rpartition(" ")[2]  # that is to be copied as it is
    return line if ends else f"{line}."


def writer(message: Message) -> str:
    """Who wrote it."""
    return YOU if message.mine else foreign_line(message.sender)


def named(message: Message) -> str:
    """A message in a few words."""
    text = foreign_line(" ".join(message.text.split("\n")))
    return f"“{text if width(text) <= QUOTED else fit(text, QUOTED)}”"


def _messages(
    lines: Iterable[Message], known: Mapping[str, Message], zone: tzinfo | None, last: date | None
) -> Iterator[str]:
    for message in lines:
        at = moment(message.ts, zone)
        if at is not None and at.date() != last:
            last = at.date()
            yield f"{in_words(last)}."
        yield from _message(message, f"{at:%H:%M}" if at else "--:--", known)


def _message(message: Message, clock: str, known: Mapping[str, Message]) -> Iterator[str]:
    who = f"{YOU}, {_word(message.state)}" if message.mine else foreign_line(message.sender)
    reply = f", in reply to {_original(known.get(message.re))}" if message.re is not None else ""
    first, *more = foreign(message.text).split("\n")
    yield f"{clock} {who}{reply}: {first}"
    yield from (f"{clock} {who}, line {number}: {line}" for number, line in enumerate(more, 2))


def _original(message: Message | None) -> str:
    if message is None:
        return "an earlier message"
    return f"{named(message)} by {writer(message)}"


def _in_state(state: State, lines: list[Message], to: str) -> Iterator[str]:
    if state is State.REFUSED:
        for line in lines:
            why = foreign_line(words.reason(line.reason))
            yield f"Your message {named(line)} was not sent: {why}. You can type /retry or /discard."
    elif state is State.SENDING:
        yield f"{_mine(lines, 'waits', 'wait')} in the outbox until there is a connection."
    else:
        yield f"{_mine(lines, 'is', 'are')} {_word(state)}{_by(state, to)}."


def _mine(lines: list[Message], one: str, several: str) -> str:
    return f"Your message {named(lines[0])} {one}" if len(lines) == 1 else f"{len(lines)} messages of yours {several}"


def _by(state: State, to: str) -> str:
    match state:
        case State.READ:
            return f" by {to}" if group_of(to) is None else ""
        case State.DELIVERED:
            return f" to {to}" if group_of(to) is None else ""
        case _:
            return ""


def _word(state: State) -> str:
    return TICKS[state].meaning.partition(":")[0].partition(",")[0]


def _either(names: tuple[str, ...]) -> str:
    slashes = [f"/{name}" for name in names]
    return slashes[0] if len(slashes) == 1 else f"{', '.join(slashes[:-1])} or {slashes[-1]}"


def _verb(sentence: str) -> str:
    return sentence if sentence.partition(" ")[0] in _VERBS else f"is {sentence}"


_VERBS = {"asks", "has", "may", "does", "is"}


def _part(sentence: str) -> str:
    return "" if sentence == "group" else f", which {sentence}" if sentence.startswith("invites") else f"; {sentence}"
