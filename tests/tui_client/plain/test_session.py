"""The plain mode, from the keyboard to what is said."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from tests.tui_client.hostile import HOSTILE, betrayals
from tests.tui_client.plain.listener import Listener, listening
from tests.tui_client.town import StandIn, Town
from tui_client.commands.command import Command
from tui_client.commands.table import COMMANDS
from xasup.client.events import ConnectionChanged, DeviceChanged
from xasup.client.values import Connection, Link, Preferences
from xasup.protocol.ids import DeviceId


@pytest.fixture
async def town() -> Town:
    town = Town.around("alice", "bob")
    town.person("carol")
    return town


@pytest.fixture
def bob(town: Town) -> StandIn:
    return town.people["bob"]


@pytest.fixture
async def alice(town: Town) -> AsyncIterator[Listener]:
    async with listening(town.people["alice"]) as listener:
        yield listener


async def test_a_conversation(alice: Listener, bob: StandIn) -> None:
    alice.types("/open bob")
    await alice.hears("You are with bob, who is online.")
    alice.types("is the lake frozen?")
    await alice.hears("Your message “is the lake frozen?” is delivered to bob.")
    await bob.send("alice", "not yet")
    await alice.hears("12:00 bob: not yet")
    [first] = await bob.messages("alice", limit=1)
    await bob.shown("alice", [line.id for line in await bob.messages("alice")])
    await alice.hears("Your message “is the lake frozen?” is read by bob.")
    assert first.text == "not yet"


async def test_what_was_said_in_the_open_conversation_counts_as_shown(
    alice: Listener, town: Town, bob: StandIn
) -> None:
    await bob.send("alice", "one")
    await alice.hears("There is a new message from bob; /open bob says it.")
    assert town.people["alice"].shown_calls == []
    alice.types("/open bob")
    await alice.hears("12:00 bob: one")
    await town.people["alice"]._shown.wait()
    assert town.people["alice"].shown_calls == [("bob", ["m1"])]


async def test_a_request_is_announced_and_accepted(alice: Listener, town: Town) -> None:
    await town.people["carol"].ask("alice", "from the kite club")
    await alice.hears("carol asks to talk with you: “from the kite club”. You can type /accept carol or /deny carol.")
    alice.types("/accept carol")
    await alice.hears("You are with carol, who is online.")


async def test_writing_to_a_stranger_offers_to_ask(alice: Listener, town: Town) -> None:
    alice.types("/open carol")
    await alice.hears("You are with carol, who has not been asked yet. You can type /ask.")
    alice.types("hello carol")
    await alice.hears("Type yes or no.")
    alice.types("yes")
    await alice.hears("asked carol; you can write once they accept.")
    [contact] = [each for each in await town.people["carol"].contacts() if each.user == "alice"]
    assert contact.greeting == "hello carol"


async def test_no_is_no_and_the_text_stands_in_the_line_again(alice: Listener, town: Town) -> None:
    alice.types("/open carol")
    await alice.hears("You are with carol")
    alice.types("hello carol")
    await alice.hears("Type yes or no.")
    alice.types("no")
    alice.types("?")  # behind the text that came back
    await alice.hears("Type yes or no.")
    assert await town.people["carol"].contacts() == []


async def test_a_text_of_several_lines_by_alt_enter(alice: Listener, bob: StandIn) -> None:
    alice.types("/open bob")
    await alice.hears("You are with bob")
    alice.presses("one\x1b\rtwo\r")
    await alice.hears("is delivered")
    assert [line.text for line in await bob.messages("alice")] == ["one\ntwo"]


async def test_nobody_forges_a_line_and_nothing_is_obeyed(alice: Listener, bob: StandIn) -> None:
    alice.types("/open bob")
    await alice.hears("You are with bob")
    for text in [*HOSTILE, "the end"]:
        await bob.send("alice", text)
    await alice.hears("bob: the end")
    assert not betrayals(alice.said)
    said = alice.said[alice.said.index(next(line for line in alice.said if " bob: " in line)) :]
    assert all(re.match(r"\d\d:\d\d bob(, line \d+)?: |.* 20\d\d\.$", line) for line in said)


async def test_older_lines_are_said_a_page_at_a_time(town: Town, bob: StandIn) -> None:
    for number in range(25):
        await bob.send("alice", f"number {number}")
    hers = town.people["alice"]
    await hers.shown("bob", [line.id for line in await hers.messages("bob")])
    async with listening(town.people["alice"]) as alice:
        alice.types("/open bob")
        await alice.hears("bob: number 15", "bob: number 24")
        assert not any("number 14" in line for line in alice.said)
        alice.types("/older")
        await alice.hears("bob: number 0", "bob: number 14")
        alice.types("/older")
        await alice.hears("That is the beginning.")


async def test_the_connection_is_told_when_it_goes_and_comes(alice: Listener, town: Town) -> None:
    await alice.hears("You are online.")
    town.people["alice"].tell(ConnectionChanged(Connection(Link.OFFLINE, "nobody answers", 3.0)))
    await alice.hears("You are offline: nobody answers. What you write waits, and goes out by itself.")


async def test_completion_of_commands_and_names(alice: Listener) -> None:
    alice.presses("/op\tb\t\r")
    await alice.hears("You are with bob")


async def test_a_message_is_selected_by_steps_and_replied_to(alice: Listener, bob: StandIn) -> None:
    await bob.send("alice", "one")
    await bob.send("alice", "two")
    alice.types("/open bob")
    await alice.hears("bob: two")
    alice.types("/above")
    await alice.hears("Selected is “two” by bob.")
    alice.types("/above")
    await alice.hears("Selected is “one” by bob.")
    alice.types("/reply")
    alice.types("yes?")
    await alice.hears("Your message “yes?” is delivered to bob.")
    *_, reply = await bob.messages("alice")
    assert reply.re == "m1"


async def test_an_unknown_command_says_where_they_are_listed(alice: Listener) -> None:
    alice.types("/dance")
    await alice.hears("there is no command /dance; /help lists them.")
    alice.types("/help")
    await alice.hears(*(f"{command.slash}: {command.help}." for command in COMMANDS))


async def test_list_says_all_conversations(alice: Listener) -> None:
    alice.types("/list")
    await alice.hears("Your conversations:", "bob: online.")


async def test_quit_leaves_with_what_was_under_way_done(town: Town, bob: StandIn) -> None:
    async with listening(town.people["alice"]) as alice:
        alice.types("/open bob")
        alice.types("last words")
        alice.types("/quit")
    assert [line.text for line in await bob.messages("alice")] == ["last words"]


async def test_nothing_is_drawn_again_but_the_line_that_is_typed_and_there_is_no_colour(
    alice: Listener, bob: StandIn
) -> None:
    alice.types("/open bob")
    await bob.send("alice", "hi")
    await alice.hears("bob: hi")
    assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|4[0-7]|9[0-7])m", alice.raw.getvalue())
    assert "\x1b[?1049h" not in alice.raw.getvalue()


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.name != "quit"], ids=lambda it: it.name)
async def test_every_command_works_or_says_in_a_sentence_what_to_do(town: Town, bob: StandIn, command: Command) -> None:
    async with listening(town.people["alice"]) as alice:
        alice.types("/open bob")
        await alice.hears("You are with bob")
        alice.types(f"/{command.name}")
        alice.types("no")
        alice.types("/dance")
        await alice.hears("there is no command /dance")
        assert not any("needs a screen" in line for line in alice.said)
        assert all(line.endswith((".", "?", "…", "!")) or ":" in line for line in alice.said)


async def test_a_device_is_linked_renamed_and_revoked(alice: Listener, town: Town) -> None:
    hers = town.people["alice"]
    alice.types("/devices")
    await alice.hears("laptop, this one: seen 1 h ago, does not expire.", "You can type /devices link NAME, ")
    alice.types("/devices link phone")
    await alice.hears("On the new device, give this to `xasup chat`", "It is good for one device, once.")
    assert "xasup://alice:c0de@127.0.0.1:1883/phone?link" in alice.said  # as it is to be copied
    hers.tell(DeviceChanged(DeviceId("phone"), linked=True, by="alice"))
    await alice.hears("your device phone was linked by alice.")
    alice.types("/devices rename phone by the window")
    await alice.hears("phone is renamed.")
    alice.types("/devices revoke phone")
    await alice.hears("Revoke phone? It is cut off at once")
    alice.types("yes")
    await alice.hears("phone is revoked.")
    assert [device.device for device in await hers.devices()] == ["laptop"]


async def test_revoking_this_device_says_what_follows_and_ends(town: Town) -> None:
    async with listening(town.people["alice"]) as alice:
        alice.types("/devices revoke laptop")
        await alice.hears("Revoke this device, the one you sit at?")
        alice.types("yes")
        await alice.hears("This device is revoked. To come back, get a new connect string")


async def test_what_is_wrong_about_a_device_is_said(alice: Listener) -> None:
    for typed, sentence in {
        "/devices dance phone": "dance: expected link, rename, revoke, as in /devices link phone.",
        "/devices link": "which one? name the device, as in /devices link phone.",
        "/devices link my phone": "device",
        "/devices link laptop": "device laptop exists; revoke it first or choose another name.",
        "/devices rename laptop": "what do you call it? say it, as in /devices rename laptop by the window.",
        "/devices revoke radio": "you have no device radio; /devices lists them.",
    }.items():
        alice.types(typed)
        await alice.hears(sentence)


async def test_settings_are_said_changed_and_kept(alice: Listener, town: Town) -> None:
    alice.types("/settings")
    await alice.hears(
        "read-receipts is on: who wrote to you sees that it was on your screen. Else: off.",
        "desktop-notifications is off: the desktop is not told. Else: osc-9 or osc-777.",
        "You can type /settings read-receipts off, and so on.",
    )
    assert not any(line.startswith("theme") for line in alice.said)
    alice.types("/settings read-receipts off")
    await alice.hears("read-receipts is off: nobody learns what you have read")
    alice.presses("/set\torder\t unread-first\r")
    await alice.hears("order-of-the-list is unread-first: ")
    assert await town.people["alice"].preferences() == Preferences(read_receipts=False, unread_first=True)
    alice.types("/settings d on")
    await alice.hears("d: expected do-not-disturb, desktop-notifications.")
    alice.types("/settings bell loud")
    await alice.hears("bell loud: expected on, off.")
