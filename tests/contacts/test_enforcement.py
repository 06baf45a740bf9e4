"""What waits for the directory is done when it has come so far, in order; what cannot wait is said in time."""

from __future__ import annotations

import asyncio

import pytest

from contacts.service import enforcement as module
from contacts.service.enforcement import Enforcement
from contacts.service.patience import Patience


def test_actions_wait_for_their_position_in_order() -> None:
    enforcement = Enforcement()
    done: list[str] = []
    for position in ("10-0", "9-1", "9-10", "9-2"):
        enforcement.when(position, lambda position=position: done.append(position))  # type: ignore[misc]
    enforcement.reached("9-2")
    assert done == ["9-1", "9-2"]
    enforcement.reached("8-0")
    assert done == ["9-1", "9-2"]
    enforcement.reached("11-0")
    assert done == ["9-1", "9-2", "9-10", "10-0"]


def test_what_holds_already_is_done_at_once() -> None:
    enforcement = Enforcement()
    enforcement.reached("5-0")
    done: list[str] = []
    enforcement.when("5-0", lambda: done.append("now"))
    assert done == ["now"]
    assert enforcement.holds("4-99")
    assert not enforcement.holds("5-1")


def test_not_everybody_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 1)
    enforcement = Enforcement()
    assert enforcement.when("1-0", lambda: None)
    assert not enforcement.when("1-0", lambda: None)


async def test_patience_ends_only_for_what_does_not_hold() -> None:
    loop, enforcement = asyncio.get_running_loop(), Enforcement()
    patience = Patience(enforcement, loop)
    said: list[str] = []
    last = loop.create_future()
    soon = loop.time() + 0.01
    patience.unless("2-0", soon + 0.05, lambda: last.set_result(None))
    patience.unless("1-0", soon, lambda: said.append("never"))
    patience.unless("3-0", soon, lambda: said.append("late"))
    enforcement.reached("1-0")
    await last
    assert said == ["late"]
