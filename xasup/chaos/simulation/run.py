"""One simulated run: people who write, what goes wrong meanwhile, peace, and the one check.

Refuses to know: how many runs there are, how they are reported.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import paho.mqtt.client as paho
import structlog

from xasup.chaos.simulation import faults, services
from xasup.chaos.simulation.broker import Broker
from xasup.chaos.simulation.decided import Decided
from xasup.chaos.simulation.evidence import complete, judged
from xasup.chaos.simulation.log import SharedLog
from xasup.chaos.simulation.manners import Manners
from xasup.chaos.simulation.person import Person
from xasup.chaos.simulation.process import Process
from xasup.chaos.simulation.tcp import SLOW, Network
from xasup.chaos.simulation.town import FROM, Town
from xasup.chaos.simulation.universe import BEGIN_MS, Universe
from xasup.chaos.verdict import Verdict
from xasup.protocol import codec, receipts, topics
from xasup.protocol.changes import Change
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import UserId
from xasup.protocol.topics import Kind
from xasup.wire.mailboxes import MemoryMailboxes
from xasup.wire.mqtt import silence
from xasup.wire.mqtt.values import Incoming
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell

LIMIT = 600.0  # seconds of the simulated clock within which everything must come to rest


@dataclass(frozen=True, slots=True)
class Outcome:
    """*took*: seconds of the simulated clock; *run*: to be kept, since what was cut off in the middle of an `await`
    would else end in another run."""

    run: Run
    seed: int
    verdict: Verdict
    took: float
    trace: list[str]


class Run:
    """Of one seed."""

    def __init__(self, seed: int, manners: Manners) -> None:
        self.trace: list[str] = []
        self.universe, self._manners = Universe(seed, self.trace.append), manners
        self.town = Town(self.universe.dice)
        self.broker = Broker(self.universe, self.town.directory(), self._asked, self._heard)
        self.broker.agrees = manners.agrees
        self.broker.window = self.universe.dice.choice([5, 20, 200])
        self.network = Network(self.universe, self.broker.answer)
        self.log = SharedLog(clock=lambda: BEGIN_MS + int(self.universe.now * 1000))
        self.people = [
            Person(self.town.connect(client), script, manners.device) for client, script in self.town.scripts.items()
        ]
        self.devices = [self._process(str(it.client), it.live) for it in self.people]
        mailboxes, self.truth = MemoryMailboxes("0" * 16), Decided()
        self.bridge = self._process("bridge", partial(services.bridge, self.log, self.truth, manners.bridge))
        self.history = self._process("history", partial(services.history, self.log, mailboxes))
        self.early: list[str] = []
        self._healed = False

    def play(self) -> Verdict:
        """To the end."""
        universe, everybody = self.universe, [self.bridge, self.history, *self.devices]
        for process in everybody:
            universe.at(universe.dice.uniform(0, 0.05) if process is not self.bridge else 0.0, process.start)
        if self.town.group:
            universe.at(FROM * 0.7, self._found_group)
        faults.plan(self)
        universe.at(faults.HEAL, self._heal)
        self._look()
        universe.run()
        found = judged(self)
        for person in self.people:
            person.disk.close()
        return found

    # ---- what faults do, and undo

    def heal_network(self) -> None:
        self.network.slow, self.network.sliced = SLOW, 0.05

    def heal_log(self) -> None:
        self.log.memory_limit = 512 << 20

    def heal_broker(self) -> None:
        self.broker.moody = None

    def revoke(self) -> None:
        """Decided, applied, and then told."""
        if not self._manners.stale:
            self.broker.apply(self.town.closed())
        self.universe.after(0.001, lambda: self.town.revoke(self.broker, self.universe.now))

    # ----

    def _found_group(self) -> None:
        change = self.town.founded()
        self._tell(change, self.truth.decide(change))

    def _tell(self, change: Change, position: str) -> None:
        """As the contacts service: when the broker is there, and then it is noted."""
        if not self.broker.up:
            self.universe.after(0.1, lambda: self._tell(change, position))
            return
        for notice in change.notices:
            self.broker.route("", Incoming(notice.topic, codec.encode(notice.payload), 1))
        self.truth.note(Cell(tables.POSITIONS, tables.NOTIFIER), position)

    def _process(self, name: str, work: object) -> Process:
        return Process(self.universe, self.network, name, work)  # type: ignore[arg-type] # a partial of it

    def _heal(self) -> None:
        self._healed = True
        self.universe.say("peace")

    def _look(self) -> None:
        """Now and then, whether everything has come to rest."""
        quiet = (
            self._healed and all(process.alive for process in self.devices) and not any(it.script for it in self.people)
        )
        if self.universe.now > LIMIT or (quiet and self._complete()) or self._failures():
            self.universe.end()
        else:
            self.universe.after(1.0, self._look)

    def _complete(self) -> bool:
        return complete(self)

    def _failures(self) -> list[str]:
        return [failure for process in (self.bridge, self.history, *self.devices) for failure in process.failures]

    def _asked(self, asker: UserId, service: str, payload: bytes) -> None:
        if service in ("contacts", "groups"):
            answer = self.town.answer(asker, service, codec.decode_object(payload))
            if answer is not None:
                self.universe.after(0.001, self.broker.say, asker, service, answer)

    def _heard(self, user: str, message: Incoming) -> None:
        """A receipt that the broker took: the file of one of its devices must have what it is about."""
        with suppress(Malformed):
            address = topics.parse(message.topic)
            if address.kind is Kind.RECEIPT:
                said = receipts.decode(message.payload)
                self._vouched(user, address.owner, {*said.delivered, *said.read})

    def _vouched(self, user: str, author: str, ids: set[str]) -> None:
        here = {
            line.id
            for person in self.people
            if person.user == user
            for line in person.disk.store.history.find(ids)
            if line.sender == author
        }
        self.early += [f"{id} of {author} at {user}" for id in sorted(ids - here)]


def simulate(seed: int, manners: Manners | None = None) -> Outcome:
    """The same for the same seed, in interpreters with the same PYTHONHASHSEED. After alone()."""
    run = Run(seed, manners or Manners())
    with _clock(run):
        return Outcome(run, seed, run.play(), run.universe.now, run.trace)


@contextmanager
def _clock(run: Run) -> Iterator[None]:
    """paho, and our own part of it, have clocks by which they know when to ping."""
    before = paho.time_func, silence.clock
    paho.time_func = silence.clock = lambda: run.universe.now
    try:
        yield
    finally:
        paho.time_func, silence.clock = before


def alone() -> None:
    """This interpreter plays runs from now on, and then ends: what parts log about faults is no news here, and nothing
    of what runs leave behind is looked for."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.disable()
