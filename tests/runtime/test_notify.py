"""Notifications through the terminal: whatever the text, it is one whole sequence and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui_client.hostile import HOSTILE, betrayals
from xasup.runtime.notify import EVERY, MOST, Way, notification, ways, window_title

WHOLE = {
    Way.BELL: re.compile("\x07"),
    Way.OSC9: re.compile("\x1b\\]9;([^;\x00-\x1f\x7f-\x9f]*)\x1b\\\\"),
    Way.OSC777: re.compile("\x1b\\]777;notify;([^;\x00-\x1f\x7f-\x9f]*);([^;\x00-\x1f\x7f-\x9f]*)\x1b\\\\"),
}
HARD = (*HOSTILE, "4;1;50", "9;cmd", "\x1b\\", "\x07", "\x9c", "a;b;c", "\x1bP+q\x1b\\", "\ud800", "", ";", " \n ")


def test_it_is_spelled_as_terminals_have_it() -> None:
    assert notification((Way.BELL,), "bob", "hi") == "\x07"
    assert notification((Way.OSC9,), "bob", "hi") == "\x1b]9;bob: hi\x1b\\"
    assert notification((Way.OSC9,), "bob", "") == "\x1b]9;bob\x1b\\"
    assert notification((Way.OSC777,), "bob", "one; two\nthree") == "\x1b]777;notify;bob;one, two three\x1b\\"
    assert ways("all") == EVERY
    assert ways("osc9") == (Way.OSC9,)
    with pytest.raises(ValueError, match="pigeon"):
        ways("pigeon")


@pytest.mark.parametrize("way", EVERY)
@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_nothing_hostile_leaves_the_notification(way: Way, text: str) -> None:
    for title, body in ((text, "hi"), ("bob", text), (text, text)):
        check(way, title, body)


@given(st.sampled_from(EVERY), st.text(), st.text())
def test_nothing_at_all_leaves_the_notification(way: Way, title: str, text: str) -> None:
    check(way, title, text)


@given(st.text())
def test_nothing_at_all_leaves_the_title(text: str) -> None:
    found = re.fullmatch("\x1b\\]2;([^\x00-\x1f\x7f-\x9f]*)\x1b\\\\", window_title(text))
    assert found
    assert len(found[1]) <= MOST


def test_all_ways_are_one_after_the_other() -> None:
    whole = notification(EVERY, "bob", "hi")
    assert whole == "".join(notification((way,), "bob", "hi") for way in EVERY)


def check(way: Way, title: str, text: str) -> None:
    found = WHOLE[way].fullmatch(notification((way,), title, text))
    assert found
    assert not betrayals(found.groups())
    assert all(len(part) <= 2 * MOST + 2 for part in found.groups())
