"""From nothing to the first message, and between accounts, in real terminals on a real backend."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_terminal import befriend, connect_string
from tests.support.backend import Backend
from tests.support.tmux import Desktop, running_desktop


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    with running_desktop(tmp_path) as found:
        yield found


def test_a_new_device_from_a_link_code_to_its_first_message(backend: Backend, desktop: Desktop) -> None:
    one, two = asyncio.run(backend.users("alice", "bob"))
    laptop = desktop.chat("laptop", connect_string(one), (120, 40))
    bob = desktop.chat("bob", connect_string(two))
    befriend(laptop, bob, (one.user, two.user))

    laptop.types("/devices")
    laptop.sees("Your devices", "this one")
    laptop.presses("l")
    laptop.sees("A name for the new device")
    laptop.types("tablet")
    code = re.search(r"xasup://\S+\?link", laptop.sees("Link tablet", "s left", "?link"))
    assert code

    phone = desktop.chat("phone", "", (60, 15))
    phone.sees("Welcome to XasUp", "xasup devices create", "/devices")
    phone.types("xasup://alice:sesame@127.0.0.1:1/laptop")
    assert "sesame" not in phone.sees("✗", "but nobody listens")
    phone.pastes(code[0])
    phone.sees("● online")
    laptop.sees("tablet is linked")
    assert code[0] not in laptop.text()

    phone.types(f"/open {two.user}")
    phone.sees(f"{two.user}  online")
    phone.types("hello from the phone")
    bob.sees("hello from the phone")
    phone.presses("C-q")
    assert phone.status() == 0

    again = desktop.chat("again", "", home="phone")
    again.sees("● online")
    assert f"XasUp {one.user}" in again.title
    second = desktop.chat("second", "", (60, 15), home="phone")
    second.sees("Your accounts", one.user, "✗", "is in use by")
    assert all(code[0] not in each.text() for each in desktop.open)


def test_from_one_account_to_another_and_back(backend: Backend, desktop: Desktop) -> None:
    one, two = asyncio.run(backend.users("alice", "bob"))
    terminal = desktop.chat("both", connect_string(one))
    terminal.sees("● online", one.user)
    terminal.types("/accounts")
    terminal.sees("Your accounts", f"{one.user}  open now")
    terminal.presses("a")
    terminal.sees("Welcome to XasUp")
    terminal.pastes(connect_string(two))
    terminal.sees("● online", f"{two.user}  Ctrl+K")
    terminal.types("/accounts")
    terminal.sees(f"{two.user}  open now", one.user)
    terminal.presses("Down", "Enter")
    terminal.sees("● online", f"{one.user}  Ctrl+K")
    assert two.token not in terminal.text()
