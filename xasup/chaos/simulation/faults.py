"""What goes wrong when, in a simulated run: a list that the dice decide, and what each does. Refuses to know: what is
promised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xasup.protocol.access import Reason

if TYPE_CHECKING:
    from xasup.chaos.simulation.run import Run

BEGIN, HEAL = 0.6, 6.5  # seconds between which things go wrong; the group is founded a moment later
Fault = Callable[["Run"], str]


def plan(run: Run) -> None:
    """Put everything that will go wrong on the clock."""
    dice = run.universe.dice
    for _ in range(dice.randrange(0, 9)):
        fault = dice.choices(list(FAULTS), list(FAULTS.values()))[0]
        run.universe.at(dice.uniform(BEGIN, HEAL), _strike, run, fault)
    for _ in range(dice.randrange(0, 3)):
        run.universe.at(dice.uniform(BEGIN, HEAL), run.broker.save)


def _strike(run: Run, fault: Fault) -> None:
    run.universe.say(f"fault: {fault(run)}")


def kill_device(run: Run) -> str:
    process = run.universe.dice.choice(run.devices)
    process.kill(run.universe.dice.randrange(0, 60), run.universe.dice.uniform(0.05, 3))
    return f"kill {process.name}"


def kill_bridge(run: Run) -> str:
    run.bridge.kill(run.universe.dice.randrange(0, 60), run.universe.dice.uniform(0.05, 3))
    return "kill bridge"


def kill_history(run: Run) -> str:
    run.history.kill(run.universe.dice.randrange(0, 60), run.universe.dice.uniform(0.05, 3))
    return "kill history"


def crash_broker(run: Run) -> str:
    forgets = run.universe.dice.random() < 0.5
    run.broker.crash(forgets)
    run.universe.after(run.universe.dice.uniform(0.05, 2), run.broker.start)
    return f"the broker crashes and forgets {'everything' if forgets else 'what it had not saved'}"


def reset(run: Run) -> str:
    connections = run.network.connections
    if not connections:
        return "nothing to reset"
    connection = run.universe.dice.choice(connections)
    connection.reset()
    return f"a connection of {connection.loop.name} is reset"


def half_open(run: Run) -> str:
    connections = run.network.connections
    if not connections:
        return "nothing to silence"
    connection = run.universe.dice.choice(connections)
    connection.reset(told=False)
    return f"a connection of {connection.loop.name} goes silent"


def slow(run: Run) -> str:
    run.network.slow, run.network.sliced = 1.0, 0.5
    run.universe.after(run.universe.dice.uniform(0.5, 3), run.heal_network)
    return "the network is slow and cuts what it carries into pieces"


def stop(run: Run) -> str:
    process = run.universe.dice.choice([*run.devices, run.bridge, run.history])
    process.stop_for(run.universe.dice.uniform(0.2, 3))
    return f"stop {process.name}"


def log_away(run: Run) -> str:
    run.log.go_away()
    run.universe.after(run.universe.dice.uniform(0.2, 4), run.log.come_back)
    return "the log is away"


def log_full(run: Run) -> str:
    run.log.memory_limit = 0
    run.universe.after(run.universe.dice.uniform(0.2, 4), run.heal_log)
    return "the log is full"


def disk_full(run: Run) -> str:
    person = run.universe.dice.choice(run.people)
    person.disk.full(True)
    run.universe.after(run.universe.dice.uniform(0.2, 3), person.disk.full, False)
    return f"the disk of {person.client} is full"


def moody(run: Run) -> str:
    run.broker.moody = run.universe.dice.choice([Reason.TOO_FAST, Reason.DIRECTORY_UNAVAILABLE])
    run.universe.after(run.universe.dice.uniform(0.2, 3), run.heal_broker)
    return f"the broker refuses everybody: {run.broker.moody}"


def clock(run: Run) -> str:
    person = run.universe.dice.choice(run.people)
    person.skew = run.universe.dice.randrange(-31_536_000_000, 31_536_000_000)
    return f"the clock of {person.client} is {person.skew / 1000:.0f} s wrong"


def revoke(run: Run) -> str:
    if run.town.revoked_at is not None:
        return "nothing is left to revoke"
    run.revoke()
    return "alice revokes bob"


FAULTS: dict[Fault, float] = {
    kill_device: 4,
    kill_bridge: 2,
    kill_history: 1,
    crash_broker: 3,
    reset: 4,
    half_open: 0.4,
    slow: 1,
    stop: 2,
    log_away: 1,
    log_full: 0.5,
    disk_full: 1.5,
    moody: 1.5,
    clock: 1,
    revoke: 0.7,
}
