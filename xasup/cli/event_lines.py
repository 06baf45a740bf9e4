"""An engine's events as text for people and as fields for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from xasup.client import (
    BrokerRefused,
    CatchingUp,
    CaughtUp,
    ConnectionChanged,
    ContactChanged,
    ConversationChanged,
    DeviceChanged,
    Event,
    GroupChanged,
    Link,
    MemberChanged,
    MessageAdded,
    MessageRemoved,
    MessageReplaced,
    Missed,
    Notice,
    PresenceChanged,
    RequestAnswered,
    StateChanged,
    Typing,
    group_of,
)
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.groups import Role
from xasup.protocol.inert import inert, one_line

NAMES: dict[type[Event], str] = {
    MessageAdded: "message",
    StateChanged: "state",
    MessageRemoved: "removed",
    MessageReplaced: "replaced",
    ConversationChanged: "conversation",
    ContactChanged: "contact",
    GroupChanged: "group",
    MemberChanged: "member",
    PresenceChanged: "presence",
    Typing: "typing",
    ConnectionChanged: "connection",
    CatchingUp: "catching-up",
    CaughtUp: "caught-up",
    DeviceChanged: "device",
    BrokerRefused: "broker-refused",
    RequestAnswered: "answered",
    Notice: "notice",
    Missed: "missed",
}
_INNER = {"message", "contact", "group", "connection"}


def as_fields(event: Event) -> dict[str, Any]:
    """`event` names the kind; the value that it carries is laid out beside it."""
    fields = asdict(event)
    for name in _INNER:
        if isinstance(fields.get(name), dict):
            fields |= fields.pop(name)
    return {"event": NAMES[type(event)]} | fields


def as_text(event: Event) -> str | None:
    """One line (a message may have more), made inert; None for what a person need not read."""
    text = _text(event)
    return inert(text) if text is not None else None


def _text(event: Event) -> str | None:
    match event:
        case MessageAdded(message):
            where = f"{message.conversation} " if group_of(message.conversation) else ""
            remark = f"  [{one_line(message.reason)}]" if message.plain and message.reason else ""
            return f"{where}{message.sender}: {message.text}{remark}"
        case ContactChanged(contact) if contact.mine is Edge.ASKED:
            greeting = f": {one_line(contact.greeting)}" if contact.greeting else ""
            return f"* {contact.user} asks to be a contact{greeting}"
        case ContactChanged(contact) if contact.theirs is Told.ACCEPTED:
            return f"* {contact.user} is a contact"
        case GroupChanged(group) if group.role is Role.INVITED:
            return f"* {group.by} invites you to g:{group.group}, {one_line(group.name)}"
        case ConnectionChanged(connection) if connection.link is Link.OFFLINE and connection.reason:
            return f"* offline: {one_line(connection.reason)}"
        case CatchingUp(done, total):
            return f"* what was missed: {done} of {total}"
        case DeviceChanged():
            return f"* {one_line(event.sentence)}"
        case Notice(text):
            return f"* {one_line(text)}"
    return None
