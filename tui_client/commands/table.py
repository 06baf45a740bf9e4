"""The one table of commands. From it are made the keys, the slash commands, the palette, the help and the manual."""

from __future__ import annotations

from tui_client.commands import (
    accounts,
    deciding,
    devices,
    export,
    finding,
    groups,
    lists,
    messages,
    people,
    places,
    program,
    reading,
)
from tui_client.commands.command import Command, Section
from tui_client.keys import USUAL, Keys

PEOPLE, MESSAGES, PLACES, FINDING, GROUPS, DEVICES, PROGRAM = (
    Section.PEOPLE,
    Section.MESSAGES,
    Section.PLACES,
    Section.FINDING,
    Section.GROUPS,
    Section.DEVICES,
    Section.PROGRAM,
)

COMMANDS: tuple[Command, ...] = (
    Command("ask", "USER [GREETING]", "ask somebody to talk with you", people.ask, PEOPLE, "f2"),
    Command("accept", "[USER]", "accept a request, or join a group that invites you", people.accept, PEOPLE, "f3"),
    Command("deny", "[USER]", "turn down a request or an invitation", people.deny, PEOPLE, "f4"),
    Command(
        "revoke", "[USER]", "end it with a contact, both ways; or take your request back", people.revoke, PEOPLE, "f5"
    ),
    Command("block", "[USER]", "end it and hear nothing more", people.block, PEOPLE, "f6"),
    Command("unblock", "[USER]", "let them ask again", people.unblock, PEOPLE),
    Command("requests", "", "who asks you, and whom you asked", finding.show_requests, PEOPLE, "ctrl+r"),
    Command("undo", "", "take back the last decision about somebody", deciding.undo, PEOPLE),
    Command("select", "", "go to the messages, to act on one", reading.select, MESSAGES),
    Command("above", "", "select the message above", reading.step(-1), MESSAGES, at_message="k"),
    Command("below", "", "select the message below", reading.step(1), MESSAGES, at_message="j"),
    Command("write", "", "back to the input line", reading.write, MESSAGES),
    Command("reply", "", "reply to the selected message, or to the newest", messages.reply, MESSAGES, "", "r"),
    Command("edit", "", "change a message of yours that has not gone out", messages.edit, MESSAGES, "", "e"),
    Command("retry", "", "send a refused message again", messages.retry, MESSAGES, "f7", "t"),
    Command("discard", "", "remove a refused message", messages.discard, MESSAGES, "f8", "x"),
    Command("info", "", "a message's history: how far it came and when", finding.info, MESSAGES, "", "i"),
    Command("links", "", "open a link of a message, after a question", messages.open_links, MESSAGES, "", "o"),
    Command("copy", "", "copy the text of a message", messages.copy, MESSAGES, "", "c"),
    Command(
        "export",
        "FORMAT [FILE]",
        "write this conversation as text, json or html",
        export.export,
        MESSAGES,
        words=export.FORMATS,
    ),
    Command("open", "NAME", "go to a person, or a group as g:name", places.open_conversation, PLACES),
    Command("list", "", "all conversations, with what is new", places.list_all, PLACES),
    Command("next", "", "next conversation", places.step(1), PLACES, "ctrl+n"),
    Command("previous", "", "previous conversation", places.step(-1), PLACES, "ctrl+p"),
    Command("unread", "", "next conversation with something new", places.unread, PLACES, "f9"),
    Command("older", "", "scroll back", reading.scroll(-1), PLACES, "pageup"),
    Command("newer", "", "scroll forward", reading.scroll(1), PLACES, "pagedown"),
    Command("oldest", "", "the first line of this conversation", reading.oldest, PLACES, "ctrl+home"),
    Command("newest", "", "the newest line of this conversation", reading.newest, PLACES, "ctrl+end"),
    Command("filter", "[LETTERS]", "narrow the list to names with these letters", lists.narrow, PLACES, "ctrl+f"),
    Command("pin", "[NAME]", "keep a conversation at the top of the list, or no more", lists.pin, PLACES),
    Command("mute", "[NAME]", "let a conversation not ring, or ring again", lists.mute, PLACES),
    Command("archive", "[NAME]", "put a conversation away, or back into the list", lists.archive, PLACES),
    Command("archived", "", "show what is archived, or no more", lists.unfold, PLACES),
    Command("later", "", "mark as unread, from the selected message on", lists.later, PLACES, "", "u"),
    Command(
        "order",
        "[unread|activity]",
        "what stands first in the list",
        lists.order,
        PLACES,
        words=("unread", "activity"),
    ),
    Command("switch", "[LETTERS]", "go to anybody or do anything, by a few letters", finding.switch, FINDING, "ctrl+k"),
    Command("search", "[WORDS]", "look for words, here or in all conversations", finding.search, FINDING, "ctrl+g"),
    Command("inbox", "", "all that is unread, each where you stopped", finding.show_inbox, FINDING, "alt+u"),
    Command("first-unread", "", "go to where you stopped in this conversation", finding.first_unread, FINDING),
    Command("day", "[DAY]", "go to a day, as 2026-11-03, yesterday or monday", finding.day, FINDING),
    Command("back", "", "go back to where you were", finding.back, FINDING, "alt+left"),
    Command("forward", "", "forward again", finding.forward, FINDING, "alt+right"),
    Command("group", "[GROUP [USER …]]", "this group and its members; or found one and invite", groups.group, GROUPS),
    Command("invite", "USER", "invite a contact into this group", groups.invite, GROUPS),
    Command("rename", "NAME", "give this group another name", groups.rename, GROUPS),
    Command("remove", "USER", "put somebody out of this group", groups.remove, GROUPS),
    Command("handover", "USER", "make a member the owner of this group", groups.hand_over, GROUPS),
    Command("leave", "", "leave this group", groups.leave, GROUPS),
    Command("members", "", "who is in this group", groups.members, GROUPS),
    Command(
        "devices",
        "[DEED NAME]",
        "your devices: link another, rename, revoke",
        devices.devices,
        DEVICES,
        words=devices.DEEDS,
    ),
    Command("accounts", "", "your accounts on this machine: change, add, forget", accounts.accounts, DEVICES),
    Command(
        "settings",
        "[NAME CHOICE]",
        "read receipts, notifications, order, looks, keys",
        program.settings,
        PROGRAM,
        words=program.SETTINGS,
    ),
    Command("theme", "[NAME]", "other colours; without a name a list to try", program.theme, PROGRAM),
    Command("help", "", "show or hide this help", places.show_help, PROGRAM, "f1"),
    Command("quit", "", "leave; what is in the outbox goes out next time", places.leave_app, PROGRAM, "ctrl+q"),
)

BY_NAME: dict[str, Command] = {command.name: command for command in COMMANDS}


def by_key(keys: Keys = USUAL) -> dict[str, str]:
    """The name of the command that a key gives. Raises Malformed where two have one key."""
    return {command.key: command.name for command in keys.bind(COMMANDS) if command.key}


def by_message_key(keys: Keys = USUAL) -> dict[str, str]:
    """The same for keys that are pressed while a message is selected."""
    return {command.at_message: command.name for command in keys.bind(COMMANDS) if command.at_message}


def hint(name: str, keys: Keys = USUAL) -> str:
    """The shortest way to give it: `F3 accept`, or `/unblock`."""
    return keys.one(BY_NAME[name]).hint


def hints(names: tuple[str, ...], keys: Keys = USUAL) -> str:
    """These commands in one line, as in `F3 accept · F4 deny`."""
    return " · ".join(hint(name, keys) for name in names)
