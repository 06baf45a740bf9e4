"""Brings my messages to the broker: takes from the outbox, publishes, and follows each until somebody answered.

Owns the connection's sending side while there is one; what the books say is in outbox.py and doubts.py.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable
from functools import partial

from xasup.client.doubts import PASSING, PATIENCE, Again, Doubts, Refusal, Ruling, before
from xasup.client.handed import Handed
from xasup.client.journal import Job, Journal
from xasup.client.outbox import Outbox, Parcel
from xasup.client.parcels import PAGE, find, parcel_of, topic_of, waiting
from xasup.client.progress import Progress
from xasup.client.unconfirmed import TRACKED, Unconfirmed
from xasup.client.world import World
from xasup.protocol.errors import Malformed, Refused, Unavailable, XasupError
from xasup.protocol.ids import UserId
from xasup.protocol.states import State
from xasup.wire.mqtt import Done, Wire
from xasup.wire.store import Line, News

TICK = 1.0  # seconds
_GREETING = 3.0  # seconds until one who has come has confirmed what the broker kept for them
_PAGES = 3  # of messages to offer again, a tick


class Courier:
    """*progress* gets what happened to each message; *probe* says something that the broker lets pass from every
    device."""

    def __init__(
        self, me: UserId, journal: Journal, progress: Progress, world: World, probe: Callable[[Done], None]
    ) -> None:
        self._me, self._journal, self._progress, self._world, self._probe = me, journal, progress, world, probe
        self._outbox, self._unconfirmed, self._doubts = Outbox(), Unconfirmed(), Doubts()
        self._handed = Handed()
        self._wire: Wire | None = None
        self._paused_until = 0.0
        self._pushing = False
        self._later: list[tuple[float, int, Parcel]] = []
        self._first: list[str] = []  # to be read from the file, and offered before all others
        self._wake = asyncio.Event()

    # ---- what happens

    def attach(self, wire: Wire) -> None:
        """There is a connection. Where the broker has forgotten our session it may have forgotten messages too; and
        after a crash it has forgotten some though it kept our session, so what is not stored goes first."""
        self._wire, self._paused_until = wire, 0.0
        self._first = self._unconfirmed.not_stored()
        if not wire.session_present:
            self._unconfirmed.all_due(self._world.monotonic())
        self._wake.set()  # older ones first: the tick pushes

    def detach(self) -> None:
        """There is none any more: what was on its way will be published again."""
        self._wire = None
        self._outbox.put_back([*self._doubts.forget(), *(parcel for _, _, parcel in self._later)])
        self._later.clear()
        self._handed.out(self._outbox.lost())

    def composed(self, lines: Iterable[Line]) -> None:
        """New messages are in the file."""
        self._outbox.add(parcel_of(line) for line in lines)
        self._push()

    def offer_again(self, line: Line, unseen: bool) -> None:
        """A person wants it. *unseen*: surely nobody has got it so far."""
        if unseen:
            self._handed.kept(line.id)
        else:
            self._handed.out([line.id])
        self._outbox.offer(parcel_of(line))
        self._push()

    def withdraw(self, line: Line) -> bool:
        """Keep this one back, which is `sending`; False where somebody may have it already."""
        if not self._handed.sure(line.id, line.seq) or not self._outbox.withdraw(line.id):
            return False
        self._forget(line.id)
        return True

    def restore(self, line: Line) -> None:
        """It was not changed after all."""
        self._outbox.restore(line.id)
        if line.state is State.SENDING:
            self._readmit(line)

    def rewritten(self, line: Line) -> None:
        """A line has another text and another id, and goes out in its old place."""
        self._handed.kept(line.id)
        self._readmit(line)

    def stored(self, line: Line) -> None:
        """The log has it."""
        self._unconfirmed.stored(line.conversation, line.id)

    def confirmed(self, line: Line) -> None:
        """A device of its recipient has it, and the log perhaps not."""
        self._unconfirmed.confirmed(line.conversation, line.id, self._world.monotonic())

    def settled(self, line: Line) -> None:
        """Stored and delivered, refused or discarded."""
        self._outbox.settle(line.id)
        self._handed.settled(line.id)
        self._forget(line.id)
        self._unconfirmed.settle(line.conversation, line.id, self._world.monotonic())

    def came(self, user: str) -> None:
        """A contact is online now."""
        self._unconfirmed.hasten(user, self._world.monotonic() + _GREETING)

    def heard(self, conversation: str, reason: str) -> None:
        """The broker says why it refused something there."""
        now = self._world.monotonic()
        if reason in PASSING:
            self._paused_until = now + TICK
        self._follow(self._doubts.heard(conversation, reason, now))

    def _forget(self, id: str) -> None:
        self._doubts.settle(id)
        if self._later:
            self._later = [it for it in self._later if it[2].id != id]
            heapq.heapify(self._later)

    def _readmit(self, line: Line) -> None:
        self._outbox.readmit(parcel_of(line))
        self._push()

    # ---- the task

    async def recall(self) -> None:
        """Before anything is composed: what is in the file may have been handed to a connection before."""
        self._handed.floor = await self._journal.do(lambda store: store.history.newest())

    async def run(self) -> None:
        """Read what the file has for us, and look at the clock, for ever."""
        await self._recall()
        while True:
            await self._offer_first()
            while self._outbox.hungry():
                page = await self._read(partial(waiting, sent=False, after=self._outbox.upto))
                self._outbox.fill(page, PAGE)
                self._push()
            await self._tick()
            self._wake.clear()
            try:
                async with asyncio.timeout(self._nap()):
                    await self._wake.wait()
            except TimeoutError:
                pass

    def _nap(self) -> float:
        """Seconds until the clock is to be looked at."""
        most = PATIENCE if self._doubts.any else TICK
        return max(0.0, min(most, self._later[0][0] - self._world.monotonic())) if self._later else most

    async def _offer_first(self) -> None:
        while self._first:
            ids, self._first = self._first[:PAGE], self._first[PAGE:]
            self._outbox.put_back(await self._read(partial(find, ids=ids)))
        self._outbox.in_order()

    async def _recall(self) -> None:
        after = 0
        for _ in range(TRACKED // PAGE):
            page = await self._read(partial(waiting, sent=True, after=after))
            for parcel in page:
                self._watch(parcel)
            if len(page) < PAGE:
                break
            after = page[-1].seq
        if self._wire is not None:  # it was quicker than we
            self._first = self._unconfirmed.not_stored()

    async def _tick(self) -> None:
        if self._wire is None:
            return
        now = self._world.monotonic()
        rulings = self._doubts.overdue(now)
        if rulings:
            self._probe(partial(self._probed, self._wire, rulings))
        back = []
        while self._later and self._later[0][0] <= now:
            back.append(heapq.heappop(self._later)[2])
        self._outbox.put_back(back)
        for _ in range(_PAGES):
            due = self._unconfirmed.due(now, self._world.jitter())
            if not due:
                break
            self._outbox.put_back(await self._read(partial(find, ids=due)))
        self._push()

    def _probed(self, wire: Wire, rulings: list[Ruling], error: XasupError | None) -> None:
        if error is None and wire is self._wire:
            self._follow(rulings)
            return
        self._outbox.put_back(before(ruling) for ruling in rulings)
        if isinstance(error, Refused):
            wire.give_up("the broker refuses even what every device may say; asking it anew who we are")

    async def _read(self, job: Job[list[Parcel]]) -> list[Parcel]:
        while True:
            try:
                return await self._journal.do(job)
            except Unavailable:  # progress tells of it; what we wait for stays in the file
                await asyncio.sleep(TICK)

    # ---- publishing

    def _push(self) -> None:
        wire = self._wire
        if wire is None or self._pushing or self._first or self._world.monotonic() < self._paused_until:
            return
        self._pushing = True  # _ended() may be called before publish_with() returns
        while wire.alive and (parcel := self._outbox.take()) is not None:
            topic = topic_of(parcel.conversation, self._me)
            wire.publish_with(topic, parcel.payload, partial(self._ended, wire, parcel))
        self._pushing = False
        if self._outbox.hungry():
            self._wake.set()

    def _ended(self, wire: Wire, parcel: Parcel, error: XasupError | None) -> None:
        if wire is not self._wire or not wire.alive:
            return  # the connection is gone, and detach() puts everything back
        landed = self._outbox.landed(parcel.id)
        if landed is not None and error is None:
            self._arrived(parcel)
        elif landed is not None and error is not None:
            self._turned_down(parcel, error)
        self._push()

    def _arrived(self, parcel: Parcel) -> None:
        self._handed.out([parcel.id])
        self._watch(parcel)
        if not parcel.again:
            self._progress.sent(parcel.id)

    def _watch(self, parcel: Parcel) -> None:
        world = self._world
        self._unconfirmed.watch(parcel.conversation, parcel.id, parcel.seq, world.monotonic(), world.jitter())
        if parcel.stored:
            self._unconfirmed.stored(parcel.conversation, parcel.id)
        if parcel.confirmed:
            self._unconfirmed.confirmed(parcel.conversation, parcel.id, world.monotonic())

    def _turned_down(self, parcel: Parcel, error: XasupError) -> None:
        match error:
            case Refused():
                self._outbox.turned_down(parcel)
                self._follow(self._doubts.refused(parcel, self._world.monotonic()))
                self._wake.set()
            case Malformed():
                self._follow([Refusal(parcel, str(error))])
            case _:
                self._outbox.turned_down(parcel)
                self._follow([Again(parcel, TICK)])

    def _follow(self, rulings: Iterable[Ruling]) -> None:
        for ruling in rulings:
            match ruling:
                case Refusal(parcel, reason):
                    self._outbox.settle(parcel.id)
                    unseen = not parcel.again and self._handed.sure(parcel.id, parcel.seq)
                    self._progress.tell([News(parcel.id, State.REFUSED, reason, unseen=unseen)])
                case Again(parcel, wait):
                    heapq.heappush(self._later, (self._world.monotonic() + wait, parcel.seq, parcel))
                    self._wake.set()  # it naps until the first of them is due
