"""The check of a run: a good one passes, and each way to break a promise is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xasup.chaos import verdict
from xasup.chaos.transcript import Shown, Told
from xasup.chaos.verdict import Accepted, Device, World, judge
from xasup.protocol.states import State

WORLD = World(contacts={"bob": {"alice"}, "alice": {"bob"}}, members={"g:kites": {"alice", "bob", "carol"}})
ALICE = Device(
    "alice",
    accepted=[
        Accepted("m1", "bob", State.READ),
        Accepted("m2", "bob", State.STORED),
        Accepted("m3", "g:kites", State.STORED),
        Accepted("m4", "carol", State.REFUSED),
    ],
    told=[Told("m1", "sent"), Told("m1", "stored"), Told("m2", "stored"), Told("m1", "read")],
)
BOB = Device(
    "bob",
    shown=[
        Shown("alice", "alice", "m1", "d0", 1),
        Shown("g:kites", "alice", "m3", "d0", 1),
        Shown("alice", "alice", "m2", "d0", 2),
    ],
)
CAROL = Device("carol", shown=[Shown("g:kites", "alice", "m3", "d0", 1)])


def wrong(*devices: Device) -> dict[str, list[str]]:
    """Only what is."""
    return {kind: ids for kind, ids in judge(WORLD, devices).wrong.items() if ids}


def test_a_good_run() -> None:
    found = judge(WORLD, [ALICE, BOB, CAROL])
    assert found.good
    assert (found.accepted, found.stored, found.shown) == (4, 3, 4)


def test_two_devices_of_one_number_by_themselves() -> None:
    other = Shown("alice", "alice", "x1", "d1", 1)
    assert wrong(ALICE, replace(BOB, shown=[*BOB.shown, other]), CAROL) == {}


@pytest.mark.parametrize(
    ("kind", "devices", "named"),
    [
        (verdict.LOST, [ALICE, replace(BOB, shown=BOB.shown[:2]), CAROL], "m2 of alice to bob, at bob"),
        (verdict.LOST, [ALICE, BOB, Device("carol")], "m3 of alice to g:kites, at carol"),
        (verdict.LOST, [ALICE, BOB, CAROL, Device("bob", shown=BOB.shown[1:])], "m1 of alice to bob, at bob"),
        (
            verdict.UNSETTLED,
            [replace(ALICE, accepted=[*ALICE.accepted, Accepted("m5", "bob", State.SENT)]), BOB, CAROL],
            "m5 of alice to bob is sent",
        ),
        (verdict.TWICE, [ALICE, replace(BOB, shown=[BOB.shown[0], *BOB.shown]), CAROL], "m1 of alice at bob, 2 times"),
        (
            verdict.DISORDER,
            [ALICE, replace(BOB, shown=BOB.shown[::-1]), CAROL],
            "m1 of alice at bob: number 1 after 2",
        ),
        (
            verdict.UNWANTED,
            [ALICE, BOB, replace(CAROL, shown=[*CAROL.shown, Shown("alice", "alice", "m4", "d0", 1)])],
            "m4 of alice at carol",
        ),
        (
            verdict.BACKWARDS,
            [replace(ALICE, told=[*ALICE.told, Told("m1", "delivered")]), BOB, CAROL],
            "m1 of alice: delivered after read",
        ),
    ],
)
def test_a_broken_promise_is_named(kind: str, devices: list[Device], named: str) -> None:
    found = wrong(*devices)
    assert named in found[kind]
    assert found.keys() <= {kind, verdict.TWICE, verdict.DISORDER}  # shown twice is out of order as well
