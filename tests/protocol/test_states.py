"""A message's state only moves forward, whatever news arrives in whatever order; the page in docs/ shows this table."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tables import between, markdown
from xasup.protocol.states import NEXT, State, advance, settled

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "messages.md"
HEIGHT = {State.SENDING: 0, State.SENT: 1, State.REFUSED: 2, State.STORED: 3, State.DELIVERED: 4, State.READ: 5}


@given(st.lists(st.sampled_from(State), max_size=20))
def test_states_never_go_back(news: list[State]) -> None:
    now = State.SENDING
    for state in news:
        after = advance(now, state)
        assert HEIGHT[after] >= HEIGHT[now]
        now = after


@given(st.lists(st.sampled_from(State)), st.sampled_from([State.DELIVERED, State.READ]))
def test_what_was_delivered_is_never_shown_as_less(news: list[State], seen: State) -> None:
    now = advance(State.SENDING, seen)
    for state in news:
        now = advance(now, state)
    assert now in (State.DELIVERED, State.READ)


@pytest.mark.parametrize("confirmed", [State.DELIVERED, State.READ])
@pytest.mark.parametrize("now", [State.SENDING, State.SENT])
def test_the_outbox_forgets_what_both_the_log_and_the_recipient_have(now: State, confirmed: State) -> None:
    assert not settled(now, State.STORED) and settled(State.STORED, confirmed)
    assert not settled(now, confirmed) and settled(confirmed, State.STORED)
    assert not settled(State.DELIVERED, State.READ)


def test_the_outbox_forgets_what_is_refused() -> None:
    assert settled(State.SENT, State.REFUSED)
    assert settled(State.DELIVERED, State.REFUSED)  # offered once more, for the log, and not let pass any more
    assert not settled(State.STORED, State.REFUSED)


def test_the_page_shows_the_table() -> None:
    rows = [[f"`{now}`", ", ".join(f"`{state}`" for state in State if state in NEXT[now]) or "-"] for now in State]
    assert between(PAGE, "states") == markdown(["state", "may become"], rows)
