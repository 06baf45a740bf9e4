"""Clocks set a year forward and back under everybody; and that the check fails for a service that believes them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.backend import Backend
from tests.support.clock import clock_in
from xasup.chaos import clock
from xasup.chaos.act import Order
from xasup.chaos.clocks import jump
from xasup.chaos.witness import WRONG, witness

SEED = 20261126


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("chaos")
async def test_nothing_is_lost_and_nothing_ends_by_a_clock(tmp_path: Path) -> None:
    clock_in(tmp_path)  # else it is skipped, with the reason
    outcome = await jump(Order(seed=SEED, short=True), tmp_path, print)
    found = {kind: ids[:5] for kind, ids in outcome.wrong.items() if ids}
    assert outcome.good, f"{found}; again: {outcome.replay}"
    assert (outcome.counts["faults"], outcome.counts["link codes"]) == (4, 4)
    assert outcome.counts["stored"] > 500


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("chaos")
async def test_control_a_service_that_believes_its_clock(tmp_path: Path) -> None:
    clock_in(tmp_path)
    order = Order(seed=SEED, short=True, users=6, rounds=3, modules={"contacts": "tests.contacts.gullible"})
    outcome = await jump(order, tmp_path, print)
    assert {kind for kind, ids in outcome.wrong.items() if ids} == {WRONG}


async def test_without_a_compiler_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock.shutil, "which", lambda name: None)
    outcome = await jump(Order(), tmp_path, print)
    assert outcome.skipped == ["no clock was set: there is no C compiler; `apt-get install gcc libc6-dev` brings one"]


async def test_looks_that_follow_soon_find_nothing_wrong(backend: Backend) -> None:
    """After a refusal the broker takes nothing for half a second."""
    async with witness(backend.settings) as watch:
        for turn in range(3):
            await watch.look(f"look {turn}")
            await asyncio.sleep(0.25)
    assert (watch.wrong, watch.claimed) == ([], 3)
