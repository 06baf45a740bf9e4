"""The two opinions in Python, `xasup/protocol/access.py` and the rules written from the design, say the same."""

from __future__ import annotations

from functools import reduce
from random import Random

from tests.broker.model import rules
from tests.broker.model.dice import steps
from tests.broker.model.moves import EARS, GENESIS, Connect, Listen, Say
from tests.broker.model.world import Device, World, after, cells, token
from tests.broker.table import cases, directory
from xasup.protocol.access import Attempt, Operation, Reason, may, may_connect
from xasup.protocol.directory import Edit, Flag, MemoryDirectory
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId

NOW = 1_800_000_000  # seconds since the epoch


def test_they_agree_on_random_attempts() -> None:
    dice, world = Random(1), reduce(after, GENESIS, World())
    wrong: list[str] = []
    for step in steps(dice, 20_000):
        world = reduce(after, step.changes, world)
        facts = MemoryDirectory(Edit(key, value) for key, value in cells(world).items())
        if world.readable:
            wrong += [f"{each}" for each in step.attempts if not _agree(world, facts, each)]
    assert wrong == []


def test_the_table_agrees_with_the_rules() -> None:
    world = _of_the_table()
    wrong = [
        str(case)
        for operation in Operation
        for case in cases(operation)
        if _allowed(world, case.operation, str(case.client), case.topic, case.retain) != (case.expected is Reason.OK)
    ]
    assert wrong == []


def _agree(world: World, facts: MemoryDirectory, each: Connect | Say | Listen) -> bool:
    match each:
        case Connect():
            secret = token(each.client, world.devices[each.client].token) if each.client in world.devices else "none"
            try:
                said = may_connect(ClientId.parse(each.client), each.username, secret, facts, NOW)
            except Malformed:
                said = Reason.BAD_CREDENTIALS
            return (said is Reason.OK) == (
                rules.welcome(world, each.client, each.username, secret, NOW) is rules.Welcome.YES
            )
        case Listen():
            said = may(Attempt(ClientId.parse(each.client), Operation.SUBSCRIBE, each.filter), facts, NOW)
            return (said is Reason.OK) == rules.may_subscribe(world, each.client, each.filter, NOW)
        case Say():
            attempt = Attempt(ClientId.parse(each.client), Operation.WRITE, each.topic, each.retain, each.size)
            said = may(attempt, facts, NOW)
            true = rules.objections(world, each.client, rules.Publish(each.topic, each.retain, each.size), NOW)
            if (said not in true) if true else said is not Reason.OK:
                return False
            return bool(true) or all(_read_alike(world, facts, client, each.topic) for client in EARS)


def _read_alike(world: World, facts: MemoryDirectory, client: str, topic: str) -> bool:
    said = may(Attempt(ClientId.parse(client), Operation.READ, topic), facts, NOW)
    return (said is Reason.OK) == rules.may_read(world, client, topic, NOW)


def _allowed(world: World, operation: Operation, client: str, topic: str, retain: bool) -> bool:
    match operation:
        case Operation.WRITE:
            return not rules.objections(world, client, rules.Publish(topic, retain, 0), NOW)
        case Operation.SUBSCRIBE:
            return rules.may_subscribe(world, client, topic, NOW)
        case Operation.READ:
            return rules.may_read(world, client, topic, NOW)


def _of_the_table() -> World:
    facts = MemoryDirectory(directory())
    keys = [key.decode() for key in facts.cells]
    pairs = {space: [tuple(key[2:].split("/")) for key in keys if key.startswith(space)] for space in ("c/", "g/")}
    return World(
        {key[2:]: Flag(facts.cells[key.encode()][0]) for key in keys if key.startswith("u/")},
        {key[2:]: Device() for key in keys if key.startswith("d/")},
        frozenset((one, other) for one, other in pairs["c/"]),
        frozenset((one, other) for one, other in pairs["g/"]),
    )
