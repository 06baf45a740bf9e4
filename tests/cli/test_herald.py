"""`xasup listen --notify`: what is told, how often, and only to a terminal."""

from __future__ import annotations

import asyncio
import io
import os
import pty
from pathlib import Path

from tests.cli.test_send_listen import XASUP, Desk, online
from tests.support.backend import Backend, people
from xasup.cli.herald import PAUSE, Herald, worth
from xasup.client import Client, ContactChanged, GroupChanged, Message, MessageAdded, Typing
from xasup.client.values import Contact, Group
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, MessageId, UserId
from xasup.protocol.states import State
from xasup.runtime.notify import EVERY, Way

BOB = UserId("bob")


def message(text: str, conversation: str = "bob", mine: bool = False) -> MessageAdded:
    return MessageAdded(Message(conversation, BOB, MessageId("m1"), text, 0, State.DELIVERED, 1, mine=mine))


def test_what_a_person_would_look_up_for() -> None:
    assert worth(message("hi")) == ("bob", "hi")
    assert worth(message("hi", "g:kites")) == ("bob in kites", "hi")
    assert worth(message("hi", mine=True)) is None
    assert worth(ContactChanged(Contact(BOB, Edge.ASKED, Told.NONE, 0, "it's me"))) == (
        "bob asks to be a contact",
        "it's me",
    )
    assert worth(ContactChanged(Contact(BOB, Edge.ACCEPTED))) is None
    invited = Group(GroupId("kites"), "Kites", Role.INVITED, "bob")
    assert worth(GroupChanged(invited)) == ("bob invites you", "Kites")
    assert worth(Typing("bob", BOB)) is None


def test_not_often() -> None:
    screen, now = io.StringIO(), [100.0]
    herald = Herald((Way.BELL,), screen, lambda: now[0])
    for _ in range(3):
        herald.tell(message("hi"))
    assert screen.getvalue() == "\x07"
    now[0] += PAUSE
    herald.tell(message("hi"))
    assert screen.getvalue() == "\x07\x07"


async def test_not_of_what_is_muted(tmp_path: Path) -> None:
    screen = io.StringIO()
    herald = Herald((Way.OSC9,), screen, lambda: 1.0)
    async with Client("xasup://alice:token@127.0.0.1:1/phone", tmp_path / "alice.sqlite") as me:
        await me.mute("bob", True)
        await herald.learn(me)
    herald.tell(message("hi"))
    herald.tell(message("hi", "g:kites"))
    assert screen.getvalue() == "\x1b]9;bob in kites: hi\x1b\\"


def test_a_hostile_text_stays_a_text() -> None:
    screen = io.StringIO()
    Herald(EVERY, screen, lambda: 1.0).tell(message("\x1b]0;owned\x07;\x9c\u202e"))
    assert "\x1b]0;" not in screen.getvalue()
    assert screen.getvalue().count("\x1b") == 4
    assert screen.getvalue().count("\x07") == 1


async def test_only_to_a_terminal(backend: Backend, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "alice", await backend.user("alice"))
    status, _, err = await desk.run("listen", "--notify", "all", "--connect-file", str(desk.file))
    assert status == 2
    assert "terminal" in err


async def test_a_message_is_told_through_the_terminal(backend: Backend, tmp_path: Path) -> None:
    async with people(*await backend.users("alice", "bob")) as (alice, bob):
        await backend.friends(alice, bob)
        desk = Desk(tmp_path / "carol", await backend.device(alice.account.client.user, "tablet"))
        ours, theirs = pty.openpty()
        home = {"HOME": str(desk.home), "XDG_CONFIG_HOME": str(desk.home), "XDG_DATA_HOME": str(desk.home)}
        listener = await asyncio.create_subprocess_exec(
            *(*XASUP, "listen", "--json", "--notify", "osc777", "--count", "1", "--connect-file", str(desk.file)),
            stdout=asyncio.subprocess.PIPE,
            stderr=theirs,
            env=os.environ | home,
        )
        await online(listener)
        await bob.send(alice.user, "tea? \x1b]0;owned\x07")
        async with asyncio.timeout(15):
            await listener.communicate()
        os.close(theirs)
        told = os.read(ours, 4096)
        os.close(ours)
    assert told == f"\x1b]777;notify;{bob.user};tea? \\u{{1b}}]0,owned\\u{{7}}\x1b\\".encode()
