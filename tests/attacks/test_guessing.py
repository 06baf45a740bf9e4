"""Guessing tokens: few are looked at, by address and by user; nothing tells which users there are; those who hold one
come in all the same. (Which tokens are wrong: tests/broker/test_connect.py.)"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.attacks import faulty
from tests.support.broker import TestBroker, device, person, token
from tests.support.raw_mqtt import REFUSED, V311, RawClient
from xasup.protocol.directory import Flag

BY_ADDRESS, BY_USER, BY_DEVICE = (100, 20), (50, 5), (20, 2)  # at once, and more a second: broker/plugin/guess.c
CLOSED = -1
_addresses = (f"127.0.{number // 250 + 1}.{number % 250 + 1}" for number in count())


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("guessing"), guesses=False) as broker:
        for user in ("alice", "bob", "carol", "dave", "erin", "frank", "hans"):
            broker.apply(person(f"{user}:d"), device(f"{user}:e"))
        broker.apply(person("locked:d", Flag.SUSPENDED))
        yield broker


@pytest.fixture
def address() -> str:
    """One that no other test comes from."""
    return next(_addresses)


def guess(broker: TestBroker, client: str, source: str, number: int = 0) -> int:
    with RawClient(broker.port, client, client.partition(":")[0], f"wrong {number}", source=source) as raw:
        return raw.code


def comes_in(broker: TestBroker, client: str, source: str) -> bool:
    with RawClient(broker.port, client, client.partition(":")[0], token(client), source=source) as raw:
        return raw.code == 0


def looked_at(broker: TestBroker, client: Callable[[int], str], source: Callable[[int], str], tries: int) -> int:
    """How many of so many guesses were."""
    return sum(guess(broker, client(n), source(n), n) == REFUSED for n in range(tries))


def within(limit: tuple[int, int], looked: int, seconds: float) -> bool:
    at_once, again = limit
    return at_once <= looked <= at_once + again * (seconds + 0.1)


def test_guesses_at_a_user_are_few_wherever_they_come_from(broker: TestBroker) -> None:
    begun = time.monotonic()
    looked = looked_at(broker, lambda n: f"alice:d{n % 7}", lambda n: next(_addresses), 200)
    assert within(BY_USER, looked, time.monotonic() - begun)


def test_guesses_from_an_address_are_few_whoever_they_are_about(broker: TestBroker, address: str) -> None:
    begun = time.monotonic()
    looked = looked_at(broker, lambda n: f"nobody{n}:d", lambda n: address, 400)
    assert within(BY_ADDRESS, looked, time.monotonic() - begun)


def test_while_too_many_are_wrong_the_right_one_is_not_looked_at_either(broker: TestBroker, address: str) -> None:
    looked_at(broker, lambda n: "bob:d", lambda n: address, BY_USER[0] + 20)
    answers = [comes_in(broker, "bob:d", address) for _ in range(3)]
    assert not all(answers), "else it would be found"
    begun = time.monotonic()
    while not comes_in(broker, "bob:d", address):
        assert time.monotonic() < begun + 2, "nobody is locked out for longer than a moment"


def test_a_device_that_was_here_before_comes_in_while_others_guess(broker: TestBroker, address: str) -> None:
    """At its user, and from its address: it is counted by itself."""
    assert comes_in(broker, "carol:d", address)
    looked_at(broker, lambda n: "carol:d", lambda n: next(_addresses), BY_USER[0] + 20)
    looked_at(broker, lambda n: f"noone{n}:d", lambda n: address, BY_ADDRESS[0] + 40)
    assert comes_in(broker, "carol:d", address)


def test_a_device_that_was_here_before_is_guessed_at_seldom_too(broker: TestBroker, address: str) -> None:
    assert comes_in(broker, "dave:d", address)
    begun = time.monotonic()
    looked = looked_at(broker, lambda n: "dave:d", lambda n: address, 100)
    assert within(BY_DEVICE, looked, time.monotonic() - begun)


def test_right_tokens_cost_nothing(broker: TestBroker, address: str) -> None:
    assert all(comes_in(broker, f"erin:{'de'[n % 2]}", address) for n in range(300))


def test_an_unknown_user_looks_like_a_wrong_token_from_first_to_last(broker: TestBroker) -> None:
    """Byte for byte, and guess for guess: the limit too."""
    for client in ("frank:d", "hans:none", "nobody-at-all:d", "locked:d"):
        begun = time.monotonic()
        said = [guess(broker, client, next(_addresses), n) for n in range(BY_USER[0] + 30)]
        assert said[: BY_USER[0]] == [REFUSED] * BY_USER[0], client
        assert set(said) == {REFUSED, CLOSED}, client
        assert within(BY_USER, said.count(REFUSED), time.monotonic() - begun), client


def test_the_log_tells_once_who_guesses_and_never_what(broker: TestBroker, address: str) -> None:
    before = len(broker.complaints())
    looked_at(broker, lambda n: "gina:d", lambda n: address, BY_USER[0] + 30)
    [line] = broker.complaints()[before:]
    assert f"many wrong tokens, as of gina:d from {address}" in line
    assert "wrong 1" not in broker.log.read_text()


def test_without_the_limit_all_guesses_are_looked_at(tmp_path: Path) -> None:
    """The negative control."""
    with TestBroker(tmp_path, guesses=True) as broker:
        assert looked_at(broker, lambda n: "alice:d", lambda n: "127.0.0.1", 200) == 200


def test_the_time_an_answer_takes_tells_nothing(tmp_path: Path) -> None:
    assert spread(tmp_path) < 0.2


def test_a_plugin_that_takes_longer_for_who_is_there_is_noticed(tmp_path: Path) -> None:
    """The negative control: 0.2 ms, about what 100 look-ups take."""
    wrong = "bool is_valid = valid(q); if (is_valid) usleep(200);"
    built = faulty.plugin(tmp_path / "plugin", "xasup_acl.c", "bool is_valid = valid(q);", wrong)
    assert spread(tmp_path, built) > 0.2


def spread(folder: Path, plugin: Path | None = None) -> float:
    """How far the medians of the times of several wrong attempts are apart, as a part of them."""
    attempts = ("alice:d", "alice:none", "nobody:d", "locked:d")
    took: dict[str, list[float]] = {client: [] for client in attempts}
    with TestBroker(folder, plugin=plugin) as broker:
        broker.apply(person("alice:d"), person("locked:d", Flag.SUSPENDED))
        for number in range(400):
            for client in attempts:
                begun = time.perf_counter()
                with RawClient(broker.port, client, client.partition(":")[0], f"wrong {number}", version=V311) as raw:
                    assert raw.code == 5
                took[client].append(time.perf_counter() - begun)
    medians = [statistics.median(times) for times in took.values()]
    return (max(medians) - min(medians)) / min(medians)
