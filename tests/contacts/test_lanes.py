"""Requests that share a key run one after the other, in the order they came; the others run together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contacts.service.lanes import Lanes, Place

KEYS = st.sets(st.sampled_from("abcde"), min_size=1, max_size=2).map(lambda keys: tuple(sorted(keys)))


@given(st.lists(KEYS, max_size=30), st.integers(1, 4), st.data())
def test_order_is_kept_for_each_key_and_all_run(items: list[tuple[str, ...]], limit: int, data: st.DataObject) -> None:
    lanes: Lanes[int] = Lanes(limit)
    running: list[Place[int]] = []
    finished: list[int] = []
    waiting = list(enumerate(items))
    while waiting or running or len(finished) < len(items):
        if waiting and (not running or data.draw(st.booleans())):
            number, keys = waiting.pop(0)
            lanes.add(keys, number)
        running += lanes.take()
        assert len(running) <= limit
        in_use = [key for place in running for key in place.keys]
        assert len(in_use) == len(set(in_use)), "two that share a key run at once"
        if running:
            place = running.pop(data.draw(st.integers(0, len(running) - 1)))
            lanes.done(place)
            finished.append(place.item)
    for key in "abcde":
        mine = [number for number in finished if key in items[number]]
        assert mine == sorted(mine)


def test_who_shares_nothing_does_not_wait() -> None:
    lanes: Lanes[str] = Lanes(10)
    for name in ("alice", "bob", "alice", "carol"):
        lanes.add((name,), name)
    assert [place.item for place in lanes.take()] == ["alice", "bob", "carol"]
    assert lanes.depth(("alice",)) == 2
    assert lanes.depth(("dave",)) == 0


def test_one_waits_for_all_of_its_keys() -> None:
    lanes: Lanes[str] = Lanes(10)
    lanes.add(("alice",), "first")
    lanes.add(("bob",), "second")
    lanes.add(("alice", "bob"), "third")
    lanes.add(("bob",), "fourth")
    first, second = lanes.take()
    lanes.done(first)
    assert lanes.take() == []
    lanes.done(second)
    (third,) = lanes.take()
    assert third.item == "third"
    lanes.done(third)
    assert [place.item for place in lanes.take()] == ["fourth"]
