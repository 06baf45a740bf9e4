"""What an event makes of what is shown: `reduce(view, event, now)`, pure. Refuses to know the engine and the widgets.

Lists (unread counts, last lines) are the engine's: `lists_changed` says when to read them again, so that they are never
counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tui_client import words
from tui_client.view import KEPT, Remark, View, merged
from xasup.client import events as said
from xasup.client.events import Event
from xasup.client.values import Contact, Link, Message
from xasup.protocol.groups import Role

TYPING_SHOWN = 6.0  # seconds

_ABOUT_LISTS = (said.MessageAdded, said.StateChanged, said.MessageRemoved, said.Missed)


def reduce(view: View, event: Event, now: float) -> View:
    """The view after *event*. *now*: seconds of any steady clock."""
    return _REDUCE[type(event)](view, event, now)


def lists_changed(event: Event) -> bool:
    """True when the engine's lists say more than the event."""
    return isinstance(event, _ABOUT_LISTS)


def _added(view: View, event: said.MessageAdded, now: float) -> View:
    message = event.message
    typing = {key: writes for key, writes in view.typing.items() if key != message.conversation}
    view = replace(view, typing=typing)
    if message.conversation != view.open:
        return view
    lines = merged([message], view.lines)
    return replace(view, lines=lines[-KEPT:], older=view.older or len(lines) > KEPT)


def _state(view: View, event: said.StateChanged, now: float) -> View:
    if event.conversation != view.open:
        return view
    lines = tuple(_with_state(line, event) if line.id == event.id else line for line in view.lines)
    return replace(view, lines=lines)


def _with_state(line: Message, event: said.StateChanged) -> Message:
    return replace(line, state=event.state, reason=event.reason)


def _removed(view: View, event: said.MessageRemoved, now: float) -> View:
    if event.conversation != view.open:
        return view
    return replace(view, lines=tuple(line for line in view.lines if line.id != event.id or not line.mine))


def _contact(view: View, event: said.ContactChanged, now: float) -> View:
    contact = event.contact
    before = view.contacts.get(contact.user)
    if contact.online is None and before is not None:
        contact = replace(contact, online=before.online)
    after = replace(view, contacts={**view.contacts, contact.user: contact})
    news = words.turned(contact.user, view.standing(contact.user), after.standing(contact.user))
    if before is None and not after.standing(contact.user).waits_for_me:
        news = ""  # a device that is new here learns what has long been so
    # of the open conversation the head says it, and what was remarked before holds no more
    return replace(after, remark=Remark("" if contact.user == view.open else news)) if news else after


def _presence(view: View, event: said.PresenceChanged, now: float) -> View:
    contact = view.contacts.get(event.user, Contact(event.user))
    return replace(view, contacts={**view.contacts, event.user: replace(contact, online=event.online)})


def _group(view: View, event: said.GroupChanged, now: float) -> View:
    groups = {**view.groups, event.group.group: event.group}
    if event.group.role == Role.NONE:
        del groups[event.group.group]
    return replace(view, groups=groups)


def _member(view: View, event: said.MemberChanged, now: float) -> View:
    if event.user == view.me:
        return view  # GroupChanged says it
    return replace(view, remark=Remark(words.member(event.user, event.group, event.role)))


def _typing(view: View, event: said.Typing, now: float) -> View:
    return replace(view, typing={**view.typing, event.conversation: (event.user, now + TYPING_SHOWN)})


def _connection(view: View, event: said.ConnectionChanged, now: float) -> View:
    wait = event.connection.retry_in
    view = replace(view, connection=event.connection, retry_at=None if wait is None else now + wait)
    if event.connection.link is Link.ONLINE:
        return view
    # without a connection nothing is known of who is there; it is told anew with the next one
    return replace(view, contacts={user: replace(each, online=None) for user, each in view.contacts.items()})


def _catching_up(view: View, event: said.CatchingUp, now: float) -> View:
    return replace(view, past=(event.done, event.total))


def _caught_up(view: View, event: said.CaughtUp, now: float) -> View:
    return replace(view, past=None)


def _device(view: View, event: said.DeviceChanged, now: float) -> View:
    what = "was linked" if event.linked else "was revoked"
    return replace(view, remark=Remark(f"your device {event.device} {what} by {event.by}"))


def _refused(view: View, event: said.BrokerRefused, now: float) -> View:
    return replace(view, remark=Remark(f"the broker refused: {words.reason(event.reason)}", grave=True))


def _answered(view: View, event: said.RequestAnswered, now: float) -> View:
    text = f"{event.op}: {event.reason or event.code}" if event.code else f"{event.op}: done"
    return replace(view, remark=Remark(text, grave=event.code is not None))


def _notice(view: View, event: said.Notice, now: float) -> View:
    return replace(view, remark=Remark(event.text))


def _missed(view: View, event: said.Missed, now: float) -> View:
    return view


_REDUCE: Mapping[type[Event], Callable[[View, Any, float], View]] = {
    said.MessageAdded: _added,
    said.StateChanged: _state,
    said.MessageRemoved: _removed,
    said.ContactChanged: _contact,
    said.GroupChanged: _group,
    said.MemberChanged: _member,
    said.PresenceChanged: _presence,
    said.Typing: _typing,
    said.ConnectionChanged: _connection,
    said.CatchingUp: _catching_up,
    said.CaughtUp: _caught_up,
    said.DeviceChanged: _device,
    said.BrokerRefused: _refused,
    said.RequestAnswered: _answered,
    said.Notice: _notice,
    said.Missed: _missed,
}
