"""The lines that are in memory: they come and go at both ends, and nothing that is in view moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tui_client.lines import line
from tui_client.news import reduce
from tui_client.view import View
from tui_client.window import KEPT, stepped
from xasup.client import events as said
from xasup.client.values import Conversation, Message, Traits
from xasup.protocol.ids import MessageId
from xasup.protocol.states import State


def lines(first: int, last: int) -> list[Message]:
    return [line(seq) for seq in range(first, last + 1)]


def looking(first: int, last: int, **fields: object) -> View:
    return View("alice", open="bob", lines=tuple(lines(first, last)), **fields)  # type: ignore[arg-type] # of View


def seqs(view: View) -> tuple[int, int, int]:
    """First, last and how many."""
    return view.lines[0].seq, view.lines[-1].seq, len(view.lines)


def test_while_the_newest_line_is_in_view_the_oldest_ones_go() -> None:
    view = reduce(looking(1, KEPT), said.MessageAdded(line(KEPT + 1)), 0)
    assert (seqs(view), view.older, view.newer, view.below) == ((2, KEPT + 1, KEPT), True, False, 0)


def test_what_arrives_while_somebody_looks_at_older_lines_is_counted() -> None:
    view = looking(1, 10, following=False)
    for seq, mine in ((11, False), (12, True), (13, False)):
        view = reduce(view, said.MessageAdded(line(seq, mine=mine)), 0)
    assert (view.below, seqs(view)) == (2, (1, 13, 13))
    assert view.looking(True).below == 0


def test_what_memory_has_no_room_for_stays_in_the_file_and_what_is_in_view_stays_in_memory() -> None:
    view = reduce(looking(1, KEPT, following=False), said.MessageAdded(line(KEPT + 1)), 0)
    assert (seqs(view), view.newer, view.below) == ((1, KEPT, KEPT), True, 1)


def test_between_two_parts_of_a_conversation_no_line_is_missing() -> None:
    view = looking(1, 10, newer=True, following=False)
    assert seqs(reduce(view, said.MessageAdded(line(99)), 0)) == (1, 10, 10)


def test_pages_come_in_at_both_ends_and_the_other_end_goes() -> None:
    view = looking(201, 200 + KEPT, older=True).with_older("bob", lines(101, 200), more=True)
    assert (seqs(view), view.older, view.newer, view.following) == ((101, 100 + KEPT, KEPT), True, True, False)
    view = view.with_newer("bob", lines(101 + KEPT, 200 + KEPT), more=False)
    assert (seqs(view), view.older, view.newer) == ((201, 200 + KEPT, KEPT), True, False)


@pytest.mark.parametrize(
    ("conversation", "fresh"),
    [
        (None, 0),
        (Conversation("bob", line(9), 2, 8, Traits(stop=3)), 8),
        (Conversation("bob", line(9), 0, None, Traits(stop=6)), 7),
        (Conversation("bob", line(9), 0, None, Traits(stop=9)), 0),
        (Conversation("bob", line(9), 0, None, Traits(stop=0)), 0),
        (Conversation("bob", line(9), 2, 8, Traits(stop=3, marked=True)), 4),
    ],
)
def test_where_reading_stopped(conversation: Conversation | None, fresh: int) -> None:
    view = View("alice", conversations={"bob": conversation} if conversation else {})
    assert view.turned_to("bob").fresh == fresh


def test_steps_between_messages_end_at_the_oldest_and_leave_behind_the_newest() -> None:
    here = tuple(lines(1, 3))
    assert [stepped(here, id, step) for id, step in (("m2", -1), ("m1", -1), ("m2", 1), ("m3", 1))] == [
        *("m1", "m1", "m3", ""),
    ]


def test_a_selected_message_that_is_discarded_or_changed() -> None:
    mine = replace(line(2, mine=True), state=State.REFUSED)
    view = View("alice", open="bob", lines=(line(1), mine), selected="m2")
    assert reduce(view, said.MessageRemoved("bob", MessageId("m2")), 0).selected == ""
    new = replace(mine, id=MessageId("m2e"), text="better")
    after = reduce(view, said.MessageReplaced(MessageId("m2"), new), 0)
    assert (after.selected, after.lines[-1].text) == ("m2e", "better")
