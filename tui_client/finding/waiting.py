"""Requests and invitations that wait for somebody's answer, as values and lines. Refuses to know widgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tui_client.consent import decision
from tui_client.finding.days import at
from tui_client.spans import Line, Role, Span, fit, foreign_line, width, wrap
from tui_client.standing import Standing
from tui_client.view import View
from xasup.client.values import Contact, Group, group_key

GREETING_ROWS = 2


class Kind(StrEnum):
    """In this order; the value is the heading."""

    ASKS_ME = "They ask you"
    INVITES_ME = "Groups that invite you"
    ASKED = "You asked, no answer yet"


_KEYS = {"a": "accept", "d": "deny", "b": "block"}
KEYS: dict[Kind, dict[str, str]] = {  # key → command
    Kind.ASKS_ME: _KEYS,
    Kind.INVITES_ME: {key: _KEYS[key] for key in "ad"},
    Kind.ASKED: {"t": "revoke"},
}


@dataclass(frozen=True, slots=True)
class Request:
    """*key*: the conversation; *text*: the greeting, or who invites; foreign as *title* is. *ts*: milliseconds."""

    kind: Kind
    key: str
    title: str
    standing: Standing
    text: str = ""
    ts: int = 0


def requests(view: View) -> tuple[Request, ...]:
    """Those that wait for me, then those that I wait for; the newest first in each."""
    found = [*_people(view), *_groups(view)]
    return tuple(sorted(found, key=lambda each: (list(Kind).index(each.kind), -each.ts, each.key)))


def request_lines(request: Request, heading: bool, now: datetime, cells: int, current: bool) -> list[Line]:
    """*heading*: it is the first of its kind."""
    top = [Line((Span(request.kind, Role.DIM),))] if heading else []
    right = f" {at(request.ts, now)}" if request.ts else ""
    pointer, look = Span("▸ " if current else "  ", Role.SELECTED), request.standing.look
    role = Role.SELECTED if current else Role.PLAIN
    name = Span(fit(foreign_line(request.title), cells - 4 - width(right)), role)
    rows = wrap(foreign_line(request.text), cells - 4) if request.text else ()
    cut = [*rows[: GREETING_ROWS - 1], *(["".join(rows[GREETING_ROWS - 1 :])] if len(rows) >= GREETING_ROWS else [])]
    greeting = [Line((Span("    "), Span(fit(row, cells - 4)))) for row in cut]
    return [*top, Line((pointer, Span(f"{look.mark} ", look.role), name, Span(right, Role.DIM))), *greeting]


def choice_lines(request: Request, cells: int) -> list[Line]:
    """What one key does here, and what the other learns by it."""
    lines = []
    for key, command in KEYS[request.kind].items():
        head = f"{key} {command}: "
        first, *more = wrap(head + decision(command, request.standing).fate.learns, cells)
        lines.append(Line((Span(first[: len(head)], Role.ATTENTION), Span(first[len(head) :]))))
        lines += [Line((Span(f"  {row}"),)) for row in more]
    return lines


def told(request: Request, now: datetime) -> str:
    """The same as a sentence; foreign text in it is not yet harmless."""
    text = f": {request.text}" if request.text else ""
    return f"{request.kind.lower()}: {request.title}{f' ({at(request.ts, now)})' if request.ts else ''}{text}"


def _people(view: View) -> Iterator[Request]:
    kinds = {Standing.ASKS_ME: Kind.ASKS_ME, Standing.WAITING: Kind.ASKED}
    for user, contact in view.contacts.items():
        standing = view.standing(user)
        if standing in kinds:
            yield _person(contact, kinds[standing], standing)


def _person(contact: Contact, kind: Kind, standing: Standing) -> Request:
    return Request(kind, contact.user, contact.user, standing, contact.greeting, contact.ts)


def _groups(view: View) -> Iterator[Request]:
    for group in view.groups.values():
        key = group_key(group.group)
        if view.standing(key) is Standing.INVITED:
            yield _invitation(group, key)


def _invitation(group: Group, key: str) -> Request:
    by = f"invited by {group.by}" if group.by else ""
    return Request(Kind.INVITES_ME, key, group.name or group.group, Standing.INVITED, by, group.ts)
