"""Which key gives which command."""

from __future__ import annotations

import pytest

from tests.tui_client.seat import seat
from tests.tui_client.town import Town
from tui_client import keys
from tui_client.commands.table import BY_NAME, COMMANDS, by_key, hints
from tui_client.keys import PRESETS, Keys
from xasup.protocol.errors import Malformed


def test_what_a_person_chose_holds_over_the_table_in_hints_and_help() -> None:
    mine = Keys({"accept": "f12", "help": ""})
    assert hints(("accept", "deny"), mine) == "F12 accept · F4 deny"
    assert by_key(mine)["f12"] == "accept"
    assert "f1" not in by_key(mine) and "f3" not in by_key(mine)
    assert mine.one(BY_NAME["help"]).hint == "/help"


def test_two_commands_on_one_key_are_refused() -> None:
    with pytest.raises(Malformed, match="the key f4 is given to accept and deny; each needs its own"):
        Keys({"accept": "f4"}).bind(COMMANDS)


def test_a_key_that_begins_the_two_keys_of_another_is_refused() -> None:
    with pytest.raises(Malformed, match="the key g of retry begins the two keys of discard"):
        Keys({}, {"retry": "g", "discard": "g g"}).bind(COMMANDS)


def test_the_upper_of_two_holds() -> None:
    below = Keys({"accept": "f11", "deny": "f10"})
    assert Keys({"accept": "f12"}).over(below).anywhere == {"accept": "f12", "deny": "f10"}


@pytest.mark.parametrize("key", ["f3", "ctrl+n", "alt+p", "pageup", "ctrl+pageup", "shift+f2", "insert"])
def test_keys_that_may_stand_anywhere(key: str) -> None:
    assert keys.anywhere(key) == key


@pytest.mark.parametrize("key", ["a", "enter", "f99", "ctrl+", "hyper+x", "ctrl+j", "ctrl+c", "Ctrl+N", "g g"])
def test_keys_that_may_not(key: str) -> None:
    with pytest.raises(Malformed, match="expected a key such as"):
        keys.anywhere(key)


def test_at_a_message_letters_may_be_given_and_two_in_a_row() -> None:
    assert [keys.at_message(key) for key in ("d d", "G", "slash", "")] == ["d d", "G", "slash", ""]
    assert keys.begins(["d d", "G"], "d")
    assert not keys.begins(["d d", "G"], "G")
    with pytest.raises(Malformed, match="two with a space between"):
        keys.at_message("d d d")


@pytest.mark.parametrize(
    ("key", "text"), [("ctrl+n", "Ctrl+N"), ("pageup", "PgUp"), ("g g", "g g"), ("G", "G"), ("", ""), ("slash", "/")]
)
def test_keys_as_they_stand_on_keyboards(key: str, text: str) -> None:
    assert keys.shown(key) == text


async def test_the_screen_obeys_and_shows_the_keys_that_hold() -> None:
    town = Town()
    alice, bob = town.person("alice"), town.person("bob")
    await bob.ask("alice", "hi")
    async with seat(alice, keys=Keys({"accept": "f12", "help": "f11"})) as hers:
        await hers.sees("? bob", "F11 help")
        await hers.presses("ctrl+n")
        await hers.sees("F12 accept")
        await hers.presses("f12")
        await hers.sees("● bob  online")
        await hers.presses("f11")
        await hers.sees("F12", "/accept")


async def test_the_vim_preset_moves_among_messages_and_acts_on_one() -> None:
    town = Town.around("alice", "bob")
    alice, bob = town.people["alice"], town.people["bob"]
    for number in range(60):
        await bob.send("alice", f"number {number:02}")
    async with seat(alice, keys=PRESETS["vim"]) as hers:
        await hers.types("/open bob")
        await hers.sees("number 59")
        await hers.presses("escape", "g", "g")
        await hers.sees("number 00")
        await hers.presses("escape", "G")
        await hers.sees("number 59")
        await hers.presses("escape", "k")
        assert hers.screen.view.selected
        await hers.presses("i")
        assert not hers.screen.view.selected
        await hers.types("typed", enter=False)
        await hers.sees("typed")
