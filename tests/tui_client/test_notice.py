"""Who is told of what: the decision, and that it reaches the terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tui_client.lines import line
from tests.tui_client.seat import Eyes, seat
from tests.tui_client.town import Town
from tui_client.notice import Notice, notice, spelled, title
from tui_client.view import View
from xasup.client.events import ContactChanged, GroupChanged, MessageAdded, PresenceChanged
from xasup.client.values import Contact, Conversation, Group, Preferences, Traits
from xasup.protocol.contacts import Edge
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId

VIEW = View("alice")
NEWS = MessageAdded(line(1, "hi"))


def quiet(view: View) -> View:
    return replace(view, preferences=Preferences(quiet=True))


def muted(view: View) -> View:
    return replace(view, conversations={"bob": Conversation("bob", unread=2, traits=Traits(muted=True))})


@pytest.mark.parametrize(
    ("view", "focused", "told"),
    [
        (VIEW, True, True),
        (VIEW, False, True),
        (replace(VIEW, open="bob"), True, False),
        (replace(VIEW, open="bob"), False, True),
        (replace(VIEW, open="carol"), True, True),
        (quiet(VIEW), False, False),
        (muted(VIEW), False, False),
        (replace(VIEW, past=(1, 9)), False, False),
    ],
)
def test_a_message_is_told_to_who_does_not_look(view: View, focused: bool, told: bool) -> None:
    assert (notice(NEWS, view, view, focused) == Notice("bob", "hi")) == told


def test_nothing_of_mine_is_told() -> None:
    assert notice(MessageAdded(line(1, "hi", mine=True)), VIEW, VIEW, False) is None


def test_a_message_in_a_group_says_which() -> None:
    message = line(1, "hi", conversation="g:hikers")
    view = replace(VIEW, groups={"hikers": Group(GroupId("hikers"), "The Hikers", Role.MEMBER)})
    assert notice(MessageAdded(message), view, view, False) == Notice("bob in The Hikers", "hi")


def test_a_request_and_an_invitation_are_told_once() -> None:
    asks = Contact(UserId("bob"), mine=Edge.ASKED, greeting="from the lake")
    after = replace(VIEW, contacts={"bob": asks})
    assert notice(ContactChanged(asks), VIEW, after, True) == Notice("bob", "from the lake")
    assert notice(ContactChanged(asks), after, after, True) is None
    group = Group(GroupId("hikers"), "The Hikers", Role.INVITED, "bob")
    invited = replace(VIEW, groups={"hikers": group})
    assert notice(GroupChanged(group), VIEW, invited, True) == Notice("bob", "invites you to The Hikers")


def test_who_comes_and_goes_is_not_told() -> None:
    assert notice(PresenceChanged(UserId("bob"), online=True), VIEW, VIEW, False) is None


@pytest.mark.parametrize(
    ("preferences", "expected"),
    [
        (Preferences(), "\a"),
        (Preferences(bell=False), ""),
        (Preferences(bell=False, desktop="osc9"), "\x1b]9;bob: hi\x1b\\"),
        (Preferences(desktop="osc777"), "\a\x1b]777;notify;bob;hi\x1b\\"),
        (Preferences(desktop="of an older version"), "\a"),
    ],
)
def test_it_is_told_as_the_person_prefers(preferences: Preferences, expected: str) -> None:
    assert spelled(Notice("bob", "hi"), preferences) == expected


def test_the_title_counts_what_is_new_and_not_muted() -> None:
    assert title(VIEW) == "XasUp alice"
    assert title(replace(VIEW, conversations={"bob": Conversation("bob", unread=2)})) == "(2) XasUp alice"
    assert title(muted(VIEW)) == "XasUp alice"


def told(screen: Eyes) -> list[str]:
    """From now on, what the terminal is told past what is drawn."""
    found: list[str] = []
    driver = screen.app._driver
    assert driver is not None
    driver.write = found.append  # type: ignore[method-assign] # Textual's own for tests throws it away
    return found


async def test_the_terminal_rings_and_its_title_counts() -> None:
    town = Town.around("alice", "bob")
    alice, bob = town.people["alice"], town.people["bob"]
    async with seat(alice) as screen:
        await screen.sees("● bob")
        heard = told(screen)
        await bob.send("alice", "hi\x1b]0;gotcha\x07")
        await screen.sees("(1)")
        assert "\a" in heard
        assert "\x1b]2;(1) XasUp alice\x1b\\" in heard
        assert not any("gotcha" in each for each in heard)
        await screen.types("/open bob")
        await screen.sees("hi")
        heard.clear()
        await bob.send("alice", "again")
        await screen.sees("again")
        assert "\a" not in heard
        await screen.looks_away()
        await bob.send("alice", "are you there?")
        await screen.sees("are you there?")
        assert "\a" in heard


async def test_the_desktop_is_told_where_that_is_preferred() -> None:
    town = Town.around("alice", "bob")
    alice, bob = town.people["alice"], town.people["bob"]
    await alice.prefer(Preferences(desktop="osc777"))
    async with seat(alice) as screen:
        await screen.sees("● bob")
        heard = told(screen)
        await bob.send("alice", "semi;colon\x07")
        await screen.sees("(1)")
        assert "\a\x1b]777;notify;bob;semi,colon\\u{7}\x1b\\" in heard
