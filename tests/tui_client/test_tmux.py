"""A day of two people in tmux, on a whole backend: groups, a log and a broker that go and come, drafts over a restart.

What they say to each other first, and how it ends, is in tests/e2e/test_terminal.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_terminal import befriend, connect_string
from tests.support.backend import Backend
from tests.support.tmux import Desktop, Terminal, running_desktop


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    with running_desktop(tmp_path) as found:
        yield found


def test_a_day_with_a_group_a_lost_log_a_lost_broker_and_a_restart(own_backend: Backend, desktop: Desktop) -> None:
    one, two = asyncio.run(own_backend.users("alice", "bob"))
    alice, bob = (desktop.chat(each.user, connect_string(each)) for each in (one, two))
    befriend(alice, bob, (one.user, two.user))
    a_group(alice, bob, two.user)
    the_log_goes(own_backend, alice, bob, two.user)
    the_broker_goes(own_backend, alice, bob)
    again = a_restart(desktop, alice, connect_string(one), one.user)
    the_end(again, bob, one.user, two.user)


def a_group(alice: Terminal, bob: Terminal, user: str) -> None:
    """She founds it and invites him; both write, wide characters included."""
    alice.types("/group hikers")
    alice.sees("# hikers")
    alice.types(f"/invite {user}")
    bob.sees("? hikers")
    bob.types("/open g:hikers")
    bob.sees("F3 accept")
    bob.presses("F3")
    bob.sees("# hikers")
    alice.sees(f"{user}")
    alice.types("日本茶 for everybody 🪁")
    bob.sees("日本茶 for everybody 🪁")
    bob.types("한국어 as well!")
    alice.sees("한국어 as well!")
    alice.sees("日本茶 for everybody 🪁  ✓ stored")


def the_log_goes(backend: Backend, alice: Terminal, bob: Terminal, user: str) -> None:
    """What is sent meanwhile arrives in the group, and is stored once the log is back."""
    backend.bridge.stop()
    alice.types("without a log")
    bob.sees("without a log")
    alice.sees("without a log  ✓")
    assert "without a log  ✓ stored" not in alice.text()
    backend.bridge.start()
    alice.sees("without a log  ✓ stored")


def the_broker_goes(backend: Backend, alice: Terminal, bob: Terminal) -> None:
    """Both are back by themselves; what was written meanwhile goes out."""
    backend.mosquitto.stop()
    alice.sees("reconnecting in")
    alice.types("without a broker")
    alice.sees("without a broker  …")
    backend.mosquitto.start()
    bob.sees("without a broker")
    alice.sees("● online", "without a broker  ✓")


def a_restart(desktop: Desktop, alice: Terminal, connect: str, user: str) -> Terminal:
    """She is killed while she writes: what she began is there again, and all that was said."""
    alice.presses("d", "r", "a", "f", "t")
    alice.sees("draft")
    alice.presses("C-q")
    assert alice.status() == 0
    again = desktop.chat(f"{user}-again", connect, home=user)
    again.sees("● online", "hikers")
    again.types("/open g:hikers")
    again.sees("without a broker", "draft")
    return again


def the_end(alice: Terminal, bob: Terminal, she: str, he: str) -> None:
    """He revokes her; she is told."""
    bob.types(f"/revoke {she}")
    bob.sees("ended with")
    alice.presses("C-u")
    alice.types(f"/open {he}")
    alice.sees(f"{he}  does not accept you now")
