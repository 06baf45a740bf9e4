"""Consent that ends while messages flow, in every way there is; and that the check fails where an answer is early."""

from __future__ import annotations

from pathlib import Path

import pytest

from xasup.chaos import cutoff, verdict
from xasup.chaos.act import Order
from xasup.chaos.revocation import revoke
from xasup.chaos.ways import WAYS

SEED = 20261126


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("chaos")
async def test_what_is_written_after_the_answer_reaches_nobody(tmp_path: Path) -> None:
    outcome = await revoke(Order(seed=SEED, short=True), tmp_path, print)
    found = {kind: ids[:5] for kind, ids in outcome.wrong.items() if ids}
    assert outcome.good, f"{found}; again: {outcome.replay}"
    assert {mark.what for mark in outcome.marks} == {way.name for way in WAYS}
    assert outcome.counts["written after the answer"] > 20 * len(WAYS)
    assert outcome.counts["refused"] > 20 * len(WAYS)


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("chaos")
async def test_control_answered_before_the_directory_has_it(tmp_path: Path) -> None:
    outcome = await revoke(Order(seed=SEED, short=True, modules={"contacts": "tests.contacts.hasty"}), tmp_path, print)
    assert outcome.wrong[verdict.UNWANTED]
    assert outcome.wrong[cutoff.PASSED]
