"""Whether somebody should be told of an event who does not look, and how; and the title of the window. Pure.

Refuses to know terminals: runtime/notify.py spells what is said here.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui_client.view import View
from xasup.client.events import ContactChanged, Event, GroupChanged, MessageAdded
from xasup.client.values import Preferences, group_key, group_of
from xasup.runtime.notify import Way, notification

NAME = "XasUp"


@dataclass(frozen=True, slots=True)
class Notice:
    """*heading*: who; *text*: what. Both are foreign."""

    heading: str
    text: str


def notice(event: Event, before: View, view: View, focused: bool) -> Notice | None:
    """*before*, *view*: without and with the event; *focused*: whether the terminal has the focus."""
    if view.preferences.quiet or view.past is not None:  # what history tells has long been so
        return None
    match event:
        case MessageAdded(message) if not message.mine and not _looks_at(message.conversation, view, focused):
            if _muted(view, message.conversation):
                return None
            where = "" if group_of(message.conversation) is None else f" in {view.title(message.conversation)}"
            return Notice(f"{message.sender}{where}", message.text)
        case ContactChanged(contact) if _begins_to_wait(contact.user, before, view):
            return Notice(contact.user, contact.greeting or "asks to talk with you")
        case GroupChanged(group) if _begins_to_wait(group_key(group.group), before, view):
            return Notice(group.by, f"invites you to {group.name or group.group}")
        case _:
            return None


def spelled(notice: Notice, preferences: Preferences) -> str:
    """What the terminal gets for it, as the person prefers; "" for nothing."""
    ways = [Way.BELL] if preferences.bell else []
    ways += [way for way in (Way.OSC9, Way.OSC777) if way == preferences.desktop]
    return notification(tuple(ways), notice.heading, notice.text)


def title(view: View) -> str:
    """Of the window: how much is new, and who I am. Muted conversations do not count."""
    new = sum(each.unread for each in view.conversations.values() if each.unread and not each.traits.muted)
    new += len(view.waiting())
    return f"({new}) {NAME} {view.me}" if new else f"{NAME} {view.me}"


def _looks_at(key: str, view: View, focused: bool) -> bool:
    return focused and key == view.open


def _muted(view: View, key: str) -> bool:
    conversation = view.conversations.get(key)
    return conversation is not None and conversation.traits.muted


def _begins_to_wait(key: str, before: View, view: View) -> bool:
    return view.standing(key).waits_for_me and not before.standing(key).waits_for_me
