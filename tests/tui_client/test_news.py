"""What events make of the view."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from tests.tui_client.lines import line
from tui_client.news import _REDUCE, TYPING_SHOWN, can_wait, lists_changed, reduce
from tui_client.standing import Standing
from tui_client.view import Remark, View
from tui_client.window import KEPT
from xasup.client import events as said
from xasup.client.values import Connection, Contact, Group, Link
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, MessageId, UserId
from xasup.protocol.states import State

BOB = UserId("bob")
OPEN = View("alice", open="bob", lines=(line(1), line(2, mine=True)))


def test_every_event_has_its_rule() -> None:
    assert set(_REDUCE) == set(get_args(said.Event))


def test_a_message_of_the_open_conversation_is_added_in_order() -> None:
    later = reduce(OPEN, said.MessageAdded(line(4)), 0)
    assert [each.seq for each in reduce(later, said.MessageAdded(line(3)), 0).lines] == [1, 2, 3, 4]


def test_who_comes_and_goes_elsewhere_can_wait() -> None:
    view = replace(OPEN, contacts={name: Contact(UserId(name)) for name in ("bob", "carol")})
    assert can_wait(view, said.PresenceChanged(UserId("carol"), True))
    assert not can_wait(view, said.PresenceChanged(BOB, True))  # the head says it
    assert not can_wait(view, said.PresenceChanged(UserId("dave"), True))  # a row more
    assert not can_wait(view, said.MessageAdded(line(3, conversation="carol")))


def test_a_message_is_shown_once_however_often_it_is_told() -> None:
    assert reduce(OPEN, said.MessageAdded(line(1)), 0) == OPEN


def test_a_message_of_another_conversation_changes_no_line() -> None:
    event = said.MessageAdded(line(3, conversation="carol"))
    assert reduce(OPEN, event, 0) == OPEN
    assert lists_changed(event)


def test_lines_in_memory_are_bounded() -> None:
    view = replace(OPEN, lines=tuple(line(seq) for seq in range(KEPT)))
    view = reduce(view, said.MessageAdded(line(KEPT)), 0)
    assert (len(view.lines), view.lines[0].seq, view.older) == (KEPT, 1, True)


def test_a_state_and_its_reason_reach_the_line() -> None:
    event = said.StateChanged("bob", MessageId("m2"), State.REFUSED, "not-accepted")
    refused = reduce(OPEN, event, 0).refused()
    assert refused is not None and (refused.id, refused.reason) == ("m2", "not-accepted")


def test_a_discarded_line_is_gone() -> None:
    after = reduce(OPEN, said.MessageRemoved("bob", MessageId("m2")), 0)
    assert [each.id for each in after.lines] == ["m1"]


def test_typing_ends_by_itself_and_with_the_message() -> None:
    typing = reduce(OPEN, said.Typing("bob", BOB), 10.0)
    assert typing.writer(10.0 + TYPING_SHOWN - 0.1) == "bob"
    assert typing.writer(10.0 + TYPING_SHOWN) == ""
    assert reduce(typing, said.MessageAdded(line(3)), 11.0).writer(11.0) == ""


def test_the_next_attempt_to_connect_is_kept_as_a_time() -> None:
    view = reduce(OPEN, said.ConnectionChanged(Connection(Link.OFFLINE, "nobody answers", 4.0)), 100.0)
    assert view.retry_at == 104.0
    assert reduce(view, said.ConnectionChanged(Connection(Link.ONLINE)), 101.0).retry_at is None


def test_without_a_connection_nobody_is_known_to_be_online() -> None:
    bob = Contact(BOB, Edge.ACCEPTED, Told.ACCEPTED, online=True)
    view = reduce(replace(OPEN, contacts={"bob": bob}), said.ConnectionChanged(Connection(Link.OFFLINE)), 0)
    assert view.standing("bob") is Standing.CONTACT


def test_presence_outlives_a_change_of_the_relation_that_does_not_know_it() -> None:
    view = reduce(OPEN, said.ContactChanged(Contact(BOB, Edge.ACCEPTED, Told.ACCEPTED)), 0)
    view = reduce(view, said.PresenceChanged(BOB, True), 0)
    view = reduce(view, said.ContactChanged(Contact(BOB, Edge.ACCEPTED, Told.ACCEPTED, ts=2)), 0)
    assert view.standing("bob") is Standing.ONLINE


def test_what_was_remarked_of_the_open_person_ends_when_it_no_longer_holds() -> None:
    asked = replace(OPEN, contacts={"bob": Contact(BOB, theirs=Told.ASKED)}, remark=Remark("asked bob"))
    after = reduce(asked, said.ContactChanged(Contact(BOB, Edge.ACCEPTED, Told.ACCEPTED)), 0)
    assert after.remark.text == ""


def test_a_request_from_elsewhere_is_remarked() -> None:
    view = reduce(OPEN, said.ContactChanged(Contact(UserId("carol"), Edge.ASKED)), 0)
    assert "carol" in view.remark.text


def test_a_group_that_was_left_is_gone() -> None:
    hikers = GroupId("hikers")
    view = reduce(OPEN, said.GroupChanged(Group(hikers, "Hikers", Role.MEMBER)), 0)
    assert view.standing("g:hikers") is Standing.IN_GROUP
    view = reduce(view, said.GroupChanged(Group(hikers, "Hikers", Role.NONE)), 0)
    assert view.standing("g:hikers") is Standing.OUTSIDE


@pytest.mark.parametrize("known", [State.DELIVERED, State.READ])
def test_lines_read_late_never_go_back(known: State) -> None:
    news = replace(OPEN, lines=(line(2, mine=True, state=known),))
    view = news.with_lines("bob", [line(1), line(2, mine=True)], older=False)
    assert [(each.seq, each.state) for each in view.lines] == [(1, State.DELIVERED), (2, known)]


def test_lines_of_a_conversation_that_was_left_meanwhile_are_not_shown() -> None:
    assert OPEN.with_lines("carol", [line(9)], older=True) is OPEN


def test_what_happens_in_a_group_stands_in_its_conversation() -> None:
    hikers = GroupId("hikers")
    view = reduce(replace(OPEN, open="g:hikers"), said.GroupChanged(Group(hikers, "Hikers", Role.MEMBER)), 0)
    view = reduce(view, said.MemberChanged(hikers, BOB, Role.NONE, "bob"), 0)
    view = reduce(view, said.GroupChanged(Group(hikers, "Walkers", Role.MEMBER)), 0)
    assert [text for _, text in view.happened["g:hikers"]] == ["bob has left hikers", "the group is called Walkers now"]
    assert {seq for seq, _ in view.happened["g:hikers"]} == {2}
    assert view.remark.text == ""
