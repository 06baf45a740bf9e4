"""A conversation as a document, piece by piece: text, JSON, HTML. Pure: messages come in, strings go out.

Whatever others wrote stays text in it: control characters and bidi overrides are spelled, HTML is escaped and holds no
script, and a further line of a message cannot pass for another message. Refuses to know files, and where messages are.
"""

from __future__ import annotations

import hashlib
import html
import json
from base64 import b64encode
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from enum import StrEnum
from typing import Protocol

from xasup.client.moments import in_words, moment
from xasup.client.values import Message
from xasup.protocol.inert import inert, one_line
from xasup.protocol.states import State

PAGE = 500  # messages in memory at a time
QUOTED = 80  # characters of a message that is answered
_REMEMBERED = 1000  # messages whose beginning is kept for the answers to them

_CSS = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "ol{list-style:none;padding:0}li{margin:.4rem 0}h2{font-size:1rem;margin-top:2rem}"
    ".text{white-space:pre-wrap;overflow-wrap:anywhere}.re,.state,time{opacity:.7}.re{display:block;font-style:italic}"
)
_HASH = b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_CSP = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


class Format(StrEnum):
    """Also how files of it usually end, but for text: `txt`."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"

    @property
    def suffix(self) -> str:
        return "txt" if self is Format.TEXT else self.value


@dataclass(frozen=True, slots=True)
class About:
    """*title*: of the conversation, foreign; *user*: whose copy it is; *made*: when, with its offset;
    *zone*: in which times stand, None for the machine's own."""

    conversation: str
    title: str
    user: str
    made: datetime
    zone: tzinfo | None = None


class Document(Protocol):
    """Gives the pieces of one document, in order: the beginning, each message, the end."""

    def begin(self) -> str: ...

    def message(self, message: Message) -> str: ...

    def end(self) -> str: ...


class Engine(Protocol):
    """What of an engine is needed."""

    async def messages_after(self, conversation: str, after: int, limit: int = PAGE) -> list[Message]: ...


def document(format: Format, about: About) -> Document:
    """An empty one."""
    made: dict[Format, Callable[[About], Document]] = {
        Format.TEXT: TextDocument,
        Format.JSON: JsonDocument,
        Format.HTML: HtmlDocument,
    }
    return made[format](about)


async def pages(engine: Engine, conversation: str) -> AsyncGenerator[list[Message], None]:
    """All of a conversation, oldest first. Raises Unavailable."""
    after = 0
    while page := await engine.messages_after(conversation, after, PAGE):
        yield page
        after = page[-1].seq


@dataclass
class _Course:
    """What the documents for people have in common: the day that was written last, and what answers refer to."""

    about: About
    count: int = 0
    _day: date | None = None
    _known: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def next(self, message: Message) -> tuple[str, str, str]:
        """Of this message: its day where that is new, its time, and the beginning of the message that it answers."""
        self.count += 1
        at = moment(message.ts, self.about.zone)
        day = in_words(at.date()) if at and at.date() != self._day else ""
        self._day = at.date() if at else self._day
        answered = self._known.get(message.re, "an earlier message") if message.re else ""
        self._known[message.id] = f"{self.who(message)}: {one_line(message.text)[:QUOTED]}"
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return day, f"{at:%H:%M}" if at else "--:--", answered

    def who(self, message: Message) -> str:
        return one_line(message.sender)


class TextDocument:
    """A line for each message; its further lines stand behind a bar."""

    def __init__(self, about: About) -> None:
        self._about, self._course = about, _Course(about)

    def begin(self) -> str:
        return f"{_heading(self._about)}\n"

    def message(self, message: Message) -> str:
        day, clock, answered = self._course.next(message)
        first, *more = inert(message.text).split("\n")
        bar = " " * len(f"{clock} ") + "| "
        lines = [
            *(("", day) if day else ()),
            f"{clock} {self._course.who(message)}{_state(message)}: {first}",
            *(bar + line for line in more),
            *((f"{bar}(in reply to {answered})",) if answered else ()),
        ]
        return "".join(f"{line}\n" for line in lines)

    def end(self) -> str:
        return f"\n{_count(self._course.count)}\n"


class JsonDocument:
    """One object; a message a line. Everything outside ASCII is spelled as JSON spells it."""

    def __init__(self, about: About) -> None:
        self._about, self._first = about, True

    def begin(self) -> str:
        about = self._about
        fields = {
            "format": 1,
            "conversation": about.conversation,
            "title": about.title,
            "user": about.user,
            "made": about.made.isoformat(),
        }
        return f'{_json(fields)[:-1]}, "messages": ['

    def message(self, message: Message) -> str:
        comma, self._first = "" if self._first else ",", False
        return f"{comma}\n{_json(dict(_fields(message)))}"

    def end(self) -> str:
        return "\n]}\n"


class HtmlDocument:
    """A page that needs nothing from elsewhere, and may load nothing."""

    def __init__(self, about: About) -> None:
        self._about, self._course = about, _Course(about)

    def begin(self) -> str:
        heading = html.escape(_heading(self._about))
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_CSP)}">\n'
            '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
            f"<title>{heading}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n"
            f'<h1 dir="auto">{heading}</h1>\n<ol>\n'
        )

    def message(self, message: Message) -> str:
        day, clock, answered = self._course.next(message)
        heading = f"<li><h2>{day}</h2></li>\n" if day else ""
        reply = f'<span class="re">in reply to {_bdi(answered)}</span>' if answered else ""
        state = f' <span class="state">{html.escape(_state(message).strip())}</span>' if _state(message) else ""
        who = f"<time>{clock}</time> <b>{_bdi(self._course.who(message))}</b>"
        return f"{heading}<li>{reply}{who} {_bdi(inert(message.text), 'text')}{state}</li>\n"

    def end(self) -> str:
        return f"</ol>\n<p>{_count(self._course.count)}</p>\n</body>\n</html>\n"


def _heading(about: About) -> str:
    title = one_line(about.title)
    return f"{title} with {one_line(about.user)}, as it was on {about.made:%Y-%m-%d at %H:%M %Z}".rstrip()


def _count(count: int) -> str:
    return "1 message." if count == 1 else f"{count} messages."


def _state(message: Message) -> str:
    if message.state is State.REFUSED:
        return f" (refused: {one_line(message.reason)})"
    return f" ({message.state})" if message.mine else ""


def _fields(message: Message) -> Iterator[tuple[str, object]]:
    at = moment(message.ts, UTC)
    yield from {"id": message.id, "from": message.sender, "mine": message.mine, "text": message.text}.items()
    yield from {"ts": message.ts, "at": at.isoformat() if at else None, "state": message.state.value}.items()
    yield from ((name, value) for name, value in (("re", message.re), ("reason", message.reason)) if value)


def _json(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=True).replace("\x7f", "\\u007f")


def _bdi(text: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<bdi{named} dir="auto">{html.escape(text)}</bdi>'
