"""Before the chat: the first steps of somebody new, and the accounts of a machine. On a stand-in doorman."""

from __future__ import annotations

import pytest

from tests.tui_client.gate import Gate, door
from tests.tui_client.seat import seat
from tests.tui_client.town import Town
from tui_client.doorman import tidied

SIZES = [(80, 24), (60, 15)]
GOOD = "xasup://alice:right@127.0.0.1:1883/laptop"
BAD = "xasup://alice:sesame@127.0.0.1:1883/laptop"


def test_what_was_pasted_or_scanned_is_tidied() -> None:
    assert tidied(" xasup://alice:to\nken@host\r\n /laptop \n") == "xasup://alice:token@host/laptop"
    assert tidied(" my file \n") == "my file"


@pytest.mark.parametrize("size", SIZES)
async def test_somebody_new_is_told_what_to_do_and_comes_in(size: tuple[int, int]) -> None:
    gate = Gate()
    async with door(gate, size) as screen:
        await screen.sees("Welcome to XasUp", "xasup devices create", "Link a device", "Paste it here", "Esc leave")
        await screen.types(GOOD, enter=False)
        assert await screen.leaves() == "alice"
    assert gate.asked == [GOOD]


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_wrong_is_said_with_what_to_do_and_the_token_is_gone(size: tuple[int, int]) -> None:
    async with door(Gate(), size) as screen:
        await screen.types(BAD, enter=False)
        text = await screen.sees("✗ the broker does not know this token; ask", "Esc leave")
        assert "sesame" not in text and "xasup://alice" not in text
        await screen.types(GOOD, enter=False)
        assert await screen.leaves() == "alice"


@pytest.mark.parametrize("size", SIZES)
async def test_what_works_but_should_be_known_is_said_first(size: tuple[int, int]) -> None:
    async with door(Gate(), size) as screen:
        await screen.types(GOOD.replace("laptop", "late"), enter=False)
        await screen.sees("· your clock is 9 minutes behind. Enter goes on.")
        await screen.presses("enter")
        assert await screen.leaves() == "alice"


async def test_a_token_that_is_typed_is_hidden() -> None:
    async with door(Gate()) as screen:
        await screen.presses(*"xasup", "colon", "slash", "slash", *"bob", "colon", *"sesame")
        text = await screen.sees("•••")
        assert "sesame" not in text
        await screen.presses("enter")
        await screen.sees("✗ connect string: host or port cannot be read")


async def test_a_file_is_named_by_its_path() -> None:
    gate = Gate()
    async with door(gate) as screen:
        await screen.types("~/alice.xasup")
        await screen.sees("✗")
    assert gate.asked == ["~/alice.xasup"]


@pytest.mark.parametrize("size", SIZES)
async def test_why_an_account_could_not_be_opened_stands_above_the_accounts_there_are(size: tuple[int, int]) -> None:
    wrong = "alice is in use by process 7; close it there, or choose another account"
    async with door(Gate("alice", "bob"), size, wrong) as screen:
        await screen.sees("Your accounts", "alice", "bob", "laptop at 127.0.0.1:1883", "✗ alice is in use by process 7")
        await screen.presses("down", "enter")
        assert await screen.leaves() == "bob"


@pytest.mark.parametrize("size", SIZES)
async def test_from_the_chat_to_another_account(size: tuple[int, int]) -> None:
    async with seat(Town().person("alice"), size, doorman=Gate("alice", "bob")) as screen:
        await screen.types("/accounts")
        await screen.sees("alice  open now", "a add one")
        await screen.presses("down", "enter")
        assert await screen.leaves() == "bob"


async def test_another_account_is_added_from_the_chat() -> None:
    async with seat(Town().person("bob"), doorman=Gate("bob")) as screen:
        await screen.types("/accounts")
        await screen.sees("bob  open now")
        await screen.presses("a")
        await screen.sees("Welcome to XasUp")
        await screen.types(GOOD, enter=False)
        assert await screen.leaves() == "alice"


async def test_an_account_is_forgotten_after_a_question() -> None:
    gate = Gate("alice", "bob")
    async with seat(Town().person("alice"), doorman=gate) as screen:
        await screen.types("/accounts")
        await screen.sees("bob")
        await screen.presses("down", "x")
        await screen.sees("Forget bob", "the device stays linked")
        await screen.presses("enter")
        await screen.sees("bob is forgotten here")
    assert list(gate.known) == ["alice"]
