"""Sentences for people, made of states and codes. Everything foreign in them is made harmless where it is drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from tui_client.spans import Role, Span
from tui_client.standing import Standing
from tui_client.view import View
from xasup.client.values import Link, Message, group_of
from xasup.protocol.access import Reason
from xasup.protocol.states import State

_REASONS: dict[str, str] = {
    Reason.NOT_ACCEPTED: "they do not accept you",
    Reason.NOT_MEMBER: "you are not a member of this group",
    Reason.TOO_LARGE: "it is too large",
    Reason.TOO_FAST: "too many messages in a short time",
    Reason.DEVICE_INVALID: "this device is revoked or expired",
    Reason.DIRECTORY_UNAVAILABLE: "the broker cannot check permissions now",
}

_TURNED: dict[Standing, str] = {
    Standing.ASKS_ME: "{who} asks to talk with you",
    Standing.CLOSED: "{who} does not accept you now",
}

_MEMBER = {
    "none": "{user} has left {group}",
    "invited": "{user} is invited to {group}",
    "member": "{user} is in {group}",
    "owner": "{user} owns {group}",
}

A_WHILE = 60.0  # seconds


def reason(text: str) -> str:
    """A stable code of the broker as a sentence; anything else as it is."""
    return _REASONS.get(text, text) or "no reason was given"


def turned(who: str, before: Standing, after: Standing) -> str:
    """What to say when a relation has changed; "" for nothing."""
    if before is after:
        return ""
    if after.writable and not before.writable:
        return f"you and {who} can write to each other now"
    return _TURNED.get(after, "").format(who=who)


def member(user: str, group: str, role: str) -> str:
    """Somebody's part in a group."""
    return _MEMBER.get(role, "{user} in {group}: {role}").format(user=user, group=group, role=role)


def members(group: str, names: list[str]) -> str:
    """Who is in."""
    return f"in {group}: {', '.join(names) or 'nobody'}"


def connection(view: View, now: float, wall: datetime | None = None) -> Span:
    """The state of the connection, for the footer. *wall*: what the clock says *now*."""
    gone = _since(view.down_at, now, wall)
    why = f": {view.connection.reason}" if view.connection.reason else ""
    match view.connection.link:
        case Link.ONLINE if view.past is not None:
            done, total = view.past
            return Span(f"● online, what was missed: {progress(done, total)} {done} of {total}", Role.ATTENTION)
        case Link.ONLINE:
            return Span("● online", Role.GOOD)
        case Link.CONNECTING:
            return Span("◌ connecting …", Role.ATTENTION)
        case Link.REFUSED:
            return Span(f"✗ refused{why}", Role.BAD)
        case Link.OFFLINE if view.retry_at is not None:
            return Span(f"◌ {gone}reconnecting in {max(0, round(view.retry_at - now))} s{why}", Role.ATTENTION)
        case Link.OFFLINE:
            return Span(f"○ {gone.removesuffix(', ') or 'offline'}{why}", Role.BAD)


def _since(down_at: float | None, now: float, wall: datetime | None) -> str:
    """Since when there is no connection; nothing in the first minute, in which it mostly comes back."""
    if down_at is None or wall is None or now - down_at < A_WHILE:
        return ""
    return f"offline since {wall - timedelta(seconds=now - down_at):%H:%M}, "


def progress(done: int, total: int, cells: int = 10) -> str:
    """A bar of *cells* cells; full at the end and not before."""
    full = cells if done >= total else min(cells - 1, cells * done // max(total, 1))
    return "█" * full + "░" * (cells - full)


def standing(view: View, now: float) -> str:
    """Behind the name of the open conversation: how I stand with it, or that somebody writes."""
    writer = view.writer(now)
    if writer:
        return writing(writer, view.open)
    look = view.standing(view.open).look
    greeting = view.greeting(view.open)
    if not greeting:
        return look.sentence
    return f"{look.sentence}: “{greeting}”"


def writing(who: str, key: str) -> str:
    """Somebody types in this conversation."""
    return f"{who} is writing …" if group_of(key) else "is writing …"


def preview(message: Message | None, group: bool) -> str:
    """A conversation's last line, for the list."""
    if message is None:
        return ""
    who = "you: " if message.mine else f"{message.sender}: " if group else ""
    mark = "✗ " if message.mine and message.state is State.REFUSED else ""
    return f"{mark}{who}{message.text}"


def entry(view: View, key: str) -> str:
    """A conversation in one line: how I stand there, and what is new."""
    known = view.conversations.get(key)
    title = "" if view.title(key) == key else f" ({view.title(key)})"
    new = f", {known.unread} new" if known and known.unread else ""
    return f"{key}{title}: {view.standing(key).look.sentence}{new}"


def unaccepted(who: str, at: Standing) -> str:
    """Somebody writes to a person who has not accepted them: the question that offers to ask."""
    return f"{who} {at.look.sentence}, so your text would not arrive. Ask {who} now, with your text as the greeting?"
