"""`xasup chat` in real terminals on a real backend: what two people type, and what their screens say."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contacts.operations import contacts
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from tests.support.backend import Account, Backend
from tests.support.process import now_ms
from tests.support.tmux import Desktop, Terminal, running_desktop
from xasup.protocol.connect import ConnectString
from xasup.protocol.contacts import Op
from xasup.protocol.ids import UserId


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    with running_desktop(tmp_path) as found:
        yield found


def connect_string(account: Account) -> str:
    address = account.address
    return ConnectString(account.client, account.token, address.host, address.port).reveal()


def befriend(alice: Terminal, bob: Terminal, users: tuple[str, str]) -> None:
    """She asks, he accepts."""
    alice.sees("● online")
    alice.types(f"/ask {users[1]} from the kite club")
    alice.sees(f"… {users[1]}  has not answered yet")
    bob.sees("● online", f"? {users[0]}", "from the kite club")
    bob.presses("C-n")
    bob.sees("F3 accept · F4 deny · F6 block")
    bob.presses("F3")
    alice.sees(f"● {users[1]}  online")


def test_two_people_from_strangers_to_a_conversation_and_back(own_backend: Backend, desktop: Desktop) -> None:
    one, two = asyncio.run(own_backend.users("alice", "bob"))
    alice, bob = (desktop.chat(each.user, connect_string(each)) for each in (one, two))
    befriend(alice, bob, (one.user, two.user))

    alice.types("is the lake frozen yet?")
    bob.sees("is the lake frozen yet?")
    alice.sees("is the lake frozen yet?  ✓✓ read")
    bob.types("日本語のテキスト 👍🏽 Jürgen 👨‍👩‍👧 🇩🇪!")
    screen = alice.sees("日本語のテキスト 👍 Jürgen 👨👩👧 🇩🇪!")
    assert {row[24] for row in without_wide(screen)[:22]} == {"│"}  # nothing has pushed the frame aside

    own_backend.mosquitto.stop()
    alice.sees("◌ reconnecting in")
    alice.types("see you there")
    alice.sees("see you there  …")
    asyncio.run(_revoke(own_backend, two.user, one.user))
    own_backend.mosquitto.start()
    alice.sees("✗ not sent: they do not accept you", "F7 retry · F8 discard", f"{two.user}  does not accept you now")
    alice.types("hello?")
    alice.sees("Enter yes · Esc no")
    alice.presses("Escape")
    alice.sees("hello?")  # it is back in the input line
    alice.presses("C-q")
    assert alice.status() == 0


def test_without_colours_in_a_small_terminal(backend: Backend, desktop: Desktop) -> None:
    one, two = asyncio.run(backend.users("alice", "bob"))
    alice = desktop.chat(one.user, connect_string(one), (60, 15), colour=False)
    bob = desktop.chat(two.user, connect_string(two))
    befriend(alice, bob, (one.user, two.user))
    alice.types("a message that is too long for one line of a small terminal")
    alice.sees("you", "✓✓ read")
    for size in ((80, 24), (200, 50), (20, 6), (60, 15)):
        alice.resize(*size)
    screen = alice.sees(f"▸● {two.user}", "Ctrl+Q quit")
    assert {row[18] for row in screen.splitlines()[:14]} == {"│"}
    colours = re.findall(r"\x1b\[[0-9;]*?(?<![0-9])(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[0-9;]*m", alice.text(escapes=True))
    assert colours == []
    assert re.search(r"\x1b\[[0-9;]*38;", bob.text(escapes=True))  # the check can fail


def test_who_types_faster_than_the_screen_writes_to_the_right_person(backend: Backend, desktop: Desktop) -> None:
    one, two, three = asyncio.run(backend.users("alice", "bob", "carol"))
    alice, bob, carol = (desktop.chat(each.user, connect_string(each)) for each in (one, two, three))
    befriend(alice, bob, (one.user, two.user))
    befriend(alice, carol, (one.user, three.user))
    lines = (f"/open {two.user}", "for bob 1", f"/open {three.user}", "for carol 1", f"/open {two.user}", "for bob 2")
    alice.presses(*(key for line in lines for key in (line, "Enter")))
    bob.sees("for bob 1", "for bob 2")
    carol.sees("for carol 1")
    assert "carol" not in bob.text() and "for bob" not in carol.text()
    alice.sees("for bob 2  ✓✓ read")


def test_what_ends_before_the_screen_opens(backend: Backend, desktop: Desktop) -> None:
    alice = asyncio.run(backend.user("alice"))
    good = connect_string(alice)
    first = desktop.chat("first", good)
    first.sees("● online")
    second = desktop.chat("second", good, home="first")
    second.sees("xasup: ", "is in use by process")
    assert second.status() == 2
    wrong = desktop.chat("wrong", good.replace(alice.token, "not-the-token"))
    wrong.sees(f"refused {alice.client}", "its token is wrong")
    assert wrong.status() == 2
    broken = desktop.chat("broken", "xasup://alice")
    broken.sees("connect string: the user is missing")
    assert broken.status() == 2
    assert not any(alice.token in pane.text() for pane in (first, second, wrong, broken))


def test_the_token_is_not_in_the_process_list(backend: Backend, desktop: Desktop) -> None:
    alice = asyncio.run(backend.user("alice"))
    terminal = desktop.chat("argument", connect_string(alice), as_argument=True)
    terminal.sees("● online")
    line = Path(f"/proc/{terminal.pid}/cmdline").read_bytes()
    assert line.startswith(b"xasup chat")
    assert alice.token.encode() not in line


def without_wide(screen: str) -> list[str]:
    """Rows in which a character that takes two cells is two characters, so that an index is a column."""
    from rich.cells import cell_len

    return ["".join(char if cell_len(char) < 2 else "ww" for char in row) for row in screen.splitlines()]


async def _revoke(backend: Backend, me: str, other: str) -> None:
    async with backend.truth() as truth:
        await perform(truth, contacts.act(Op.REVOKE, UserId(me), UserId(other), now=now_ms(), by=ADMIN))
