"""What is spoiled, by the dozen: nothing falls over, and what falls over is named. (By the ten thousand:
`xasup chaos --act mutations`.)"""

from __future__ import annotations

import json
import random
from itertools import islice
from pathlib import Path

import pytest

from xasup.chaos.act import Order
from xasup.chaos.growth import RESTARTED
from xasup.chaos.mutations import play as mutations
from xasup.chaos.mutations.commands import Runner
from xasup.chaos.mutations.lines import Line, lines
from xasup.chaos.mutations.play import FELL, LONG, SHORT, UNHEARD, Amounts, fallen
from xasup.chaos.mutations.seeds import EVENTS, MESSAGES, RECEIPTS, REQUESTS, hellos, packets
from xasup.chaos.mutations.spoil import MOST, spoil, spoil_object, spoil_words
from xasup.protocol import connect, requests
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId, DeviceId, UserId

ACCOUNT = "xasup://carol:token@127.0.0.1:1883/laptop"
chaos = pytest.mark.xdist_group("chaos")


def dice(seed: int = 1) -> random.Random:
    return random.Random(seed)


def test_the_same_dice_spoil_alike_and_hardly_anything_stays_whole() -> None:
    good = b'{"id":"m1","text":"hello"}'
    spoiled = [spoil(good, dice(seed)) for seed in range(500)]
    assert spoiled == [spoil(good, dice(seed)) for seed in range(500)]
    assert len(set(spoiled) - {good}) > 400
    assert all(len(each) <= MOST for each in spoiled)


def test_spoiled_objects_are_mostly_json_and_the_seed_stays_as_it_was() -> None:
    seeds = [*MESSAGES, *RECEIPTS, *(it for them in (*EVENTS.values(), *REQUESTS.values()) for it in them)]
    before, whole = json.dumps(seeds), 0
    for number in range(1000):
        data = spoil_object(seeds[number % len(seeds)], dice(number))
        try:
            whole += isinstance(json.loads(data), dict)
        except ValueError:
            continue
    assert json.dumps(seeds) == before
    assert 500 < whole < 1000


def test_the_seeds_are_good() -> None:
    for service, seeds in REQUESTS.items():
        for seed in seeds:
            requests.parse(service, json.dumps(seed).encode())
    client = ClientId(UserId("eve"), DeviceId("laptop"))
    assert all(hello[0] == 0x10 and hello[1] == len(hello) - 2 for hello in hellos(client, "token"))
    assert len({packet[0] >> 4 for packet in packets(UserId("eve"), UserId("bob"))}) > 8


def test_spoiled_command_lines_stay_in_their_folder_and_on_this_machine() -> None:
    for line in islice(lines(ACCOUNT, dice()), 3000):
        assert all("\0" not in word and ("/" not in word or word == "config") for word in line.words)
        for data in line.files.values():
            for text in data.decode(errors="replace").splitlines():
                if text.startswith("xasup"):
                    try:
                        assert connect.parse(text).host == "127.0.0.1"
                    except Malformed:
                        continue
    assert all(word.encode(errors="surrogateescape") for word in spoil_words(["send", "bob"], dice(3)))


@chaos
async def test_spoiled_things_make_nothing_fall_over(tmp_path: Path) -> None:
    found = await mutations.play(Order(short=True), tmp_path, print)
    assert found.good, found.wrong
    assert found.counts["packets"] == SHORT.packets == LONG.packets / 50
    assert found.counts["command lines"] == SHORT.commands
    assert found.counts["said by bystanders"] > 100


@chaos
async def test_a_service_that_is_not_ready_for_them_is_named(tmp_path: Path) -> None:
    """The negative control."""
    order = Order(short=True, modules={"contacts": "tests.chaos.faulty_contacts"})
    found = await mutations.play(order, tmp_path, print, Amounts(packets=0, payloads=0, requests=100, commands=0))
    assert any(each.startswith("contacts: ") for each in found.wrong[FELL]), found.wrong
    assert [each.partition(":")[0] for each in found.wrong[RESTARTED]] == ["contacts"]
    assert not found.wrong[UNHEARD]


PROGRAM = """
import sys

def main(words=None):
    words = sys.argv[1:] if words is None else words
    if "crash" in words:
        {}["nothing"]
    if "swallowed" in words:
        sys.stderr.write("Traceback (most recent call last)\\n")
    sys.exit({"refused": 1, "odd": 130}.get(words[0], 0))
"""


async def test_command_lines_that_crash_or_end_oddly_are_named(tmp_path: Path) -> None:
    """The negative control. The first one is run as a process of its own."""
    (tmp_path / "program.py").write_text(PROGRAM)
    runner = Runner(tmp_path, {"PYTHONPATH": str(tmp_path)}, program="program:main")
    words = [["crash", "alone"], ["refused"], ["crash"], ["good"], ["odd"], ["swallowed"]]
    wrong = await runner.run(iter([Line(each) for each in words]), len(words))
    assert [each.partition(":")[0] for each in wrong] == ["'crash alone'", "'crash'", "'odd'", "'swallowed'"]
    assert "KeyError" in wrong[0] and "KeyError" in wrong[1]
    assert runner.processes == 1
    assert runner.statuses[1] == 2  # of which one was the traceback of a process


def test_what_fell_over_is_found_in_logs(tmp_path: Path) -> None:
    (tmp_path / "history.log").write_text('{"event":"ready"}\n')
    assert list(fallen(tmp_path)) == []
    (tmp_path / "bridge.log").write_text('x\n{"event":"failed","exception":[{"exc_type":"KeyError"}]}\n')
    assert [each.partition(":")[0] for each in fallen(tmp_path)] == ["bridge"]
