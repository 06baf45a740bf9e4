"""What can be wrong in the benches without a server: medians, the order of rounds, the people, losses."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import count

import pytest

from tests.bench.calm import Moment, moment, others
from tests.bench.duel import sound
from tests.bench.grants import pairs
from tests.bench.population import Population
from tests.bench.rounds import Contest, Sample, closing
from tests.bench.tally import Tally
from xasup.protocol.errors import Unavailable


def test_sides_take_turns_and_the_first_one_changes() -> None:
    order: list[str] = []
    rates = {"ours": [90.0, 10.0, 95.0], "peer": [100.0] * 3}

    def measure(side: str) -> Sample:
        order.append(side)
        return {"rate": rates[side].pop(0)}

    contest = Contest(lambda line: None, patience=0)
    measured = contest.alternate(partial(measure, "ours"), partial(measure, "peer"), 3, "rate", "msg/s")
    assert order == ["ours", "peer", "peer", "ours", "ours", "peer"]
    result = closing("x", "rate", "msg/s", measured, {})
    assert (result["ours"], result["peer"], result["ratio"], result["rounds"]) == (90, 100, 0.9, 3)
    assert result["ratio_of_rounds"] == {"lowest": 0.1, "median": 0.9, "highest": 0.95}


@pytest.mark.parametrize("fault", ["lost", "refused", "strays"])
def test_a_figure_with_a_loss_is_not_a_figure(fault: str) -> None:
    good = {"lost": 0, "refused": 0, "strays": 0, "delivered": 5, "watched_us": [1.0], "watched_share": [1.0]}
    assert sound(good)["broker_us"] == 1.0
    with pytest.raises(Unavailable, match=fault):
        sound(good | {fault: 1})


def test_cells_come_in_the_order_of_their_keys_and_contacts_are_mutual() -> None:
    people = Population(50, members=7)
    keys = [key for key, _ in people.cells()]
    assert keys == sorted(set(keys))
    assert sum(key.startswith(b"c/") for key in keys) == people.edges == 500
    assert all(index in people.contacts(other) for index in range(50) for other in people.contacts(index))


def test_no_contact_is_accepted_twice_and_neighbours_share_nobody() -> None:
    names = [Population(400).name(index) for index in range(400)]
    made = pairs(names, 20_000)
    assert len({frozenset(pair) for pair in made}) == 20_000
    window = [user for pair in made[:64] for user in pair]
    assert len(set(window)) == 128


async def test_tally_counts_what_was_delivered_before_the_send_returned() -> None:
    tally = Tally(3)
    numbers = count()
    most = 0
    under_way = 0

    async def send(text: str) -> str:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        id = str(next(numbers))
        asyncio.get_running_loop().call_soon(deliver, id)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return id

    def deliver(id: str) -> None:
        nonlocal under_way
        under_way -= 1
        tally.delivered(id)

    sample = await tally.measure(send, 0.02)
    assert sample["messages"] > 3
    assert sample["rate"] > 0
    assert most <= 3


def test_what_others_took_is_what_neither_we_nor_idleness_had() -> None:
    before, after = Moment(passed=1000, worked=400, ours=100), Moment(passed=1200, worked=500, ours=180)
    assert others(before, after) == pytest.approx(0.1)
    assert others(moment(), moment()) <= 1
