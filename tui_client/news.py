"""What an event makes of what is shown: `reduce(view, event, now)`, pure. Refuses to know the engine and the widgets.

Lists (unread counts, last lines) are the engine's: `lists_changed` says when to read them again, so that they are never
counted here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tui_client import words
from tui_client.view import Remark, View
from tui_client.window import changed, find
from xasup.client import events as said
from xasup.client.events import Event
from xasup.client.values import Contact, Link, group_key
from xasup.protocol.groups import Role

TYPING_SHOWN = 6.0  # seconds

_ABOUT_LISTS = (
    said.MessageAdded,
    said.StateChanged,
    said.MessageRemoved,
    said.MessageReplaced,
    said.ConversationChanged,
    said.Missed,
)


def reduce(view: View, event: Event, now: float) -> View:
    """The view after *event*. *now*: seconds of any steady clock."""
    return _REDUCE[type(event)](view, event, now)


def lists_changed(event: Event) -> bool:
    """True when the engine's lists say more than the event."""
    return isinstance(event, _ABOUT_LISTS)


def can_wait(view: View, event: Event) -> bool:
    """True when nobody need see it at once: a contact came or went whose conversation is not open."""
    return isinstance(event, said.PresenceChanged) and event.user in view.contacts and event.user != view.open


def _added(view: View, event: said.MessageAdded, now: float) -> View:
    message = event.message
    if message.conversation in view.typing:
        view = replace(view, typing={key: told for key, told in view.typing.items() if key != message.conversation})
    return view.with_news(message) if message.conversation == view.open else view


def _state(view: View, event: said.StateChanged, now: float) -> View:
    line = find(view.lines, event.id) if event.conversation == view.open else None
    if line is None:
        return view
    return replace(view, lines=changed(view.lines, line, replace(line, state=event.state, reason=event.reason)))


def _removed(view: View, event: said.MessageRemoved, now: float) -> View:
    if event.conversation != view.open:
        return view
    lines = tuple(line for line in view.lines if line.id != event.id or not line.mine)
    return replace(view, lines=lines, selected="" if view.selected == event.id else view.selected)


def _replaced(view: View, event: said.MessageReplaced, now: float) -> View:
    line = find(view.lines, event.id) if event.message.conversation == view.open else None
    if line is None or not line.mine:
        return view
    selected = event.message.id if view.selected == event.id else view.selected
    return replace(view, lines=changed(view.lines, line, event.message), selected=selected)


def _conversation(view: View, event: said.ConversationChanged, now: float) -> View:
    return view  # the list says it


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
    before = view.groups.get(event.group.group)
    view = replace(view, groups=groups)
    if before is None or before.name == event.group.name:
        return view
    return view.with_event(group_key(event.group.group), f"the group is called {event.group.name} now")


def _member(view: View, event: said.MemberChanged, now: float) -> View:
    if event.user == view.me:
        return view  # GroupChanged says it
    what = words.member(event.user, event.group, event.role)
    view = view.with_event(group_key(event.group), what)
    # of the open conversation the line in it says it
    return view if view.open == group_key(event.group) else replace(view, remark=Remark(what))


def _typing(view: View, event: said.Typing, now: float) -> View:
    return replace(view, typing={**view.typing, event.conversation: (event.user, now + TYPING_SHOWN)})


def _connection(view: View, event: said.ConnectionChanged, now: float) -> View:
    wait = event.connection.retry_in
    view = replace(view, connection=event.connection, retry_at=None if wait is None else now + wait)
    if event.connection.link is Link.ONLINE:
        return replace(view, down_at=None)
    if view.down_at is None:
        view = replace(view, down_at=now)
    # without a connection nothing is known of who is there; it is told anew with the next one
    return replace(view, contacts={user: replace(each, online=None) for user, each in view.contacts.items()})


def _catching_up(view: View, event: said.CatchingUp, now: float) -> View:
    return replace(view, past=(event.done, event.total))


def _caught_up(view: View, event: said.CaughtUp, now: float) -> View:
    return replace(view, past=None)


def _device(view: View, event: said.DeviceChanged, now: float) -> View:
    return replace(view, remark=Remark(event.sentence))


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
    said.MessageReplaced: _replaced,
    said.ConversationChanged: _conversation,
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
