"""Takes one service's requests and sees to their answers. A request is acknowledged to the broker only when what it
decided is committed, or when its answer is out; so it comes again after a crash, and is answered as before.

Refuses to know: what requests mean, how decisions are enforced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import structlog

from contacts.metrics import OK, Metrics
from contacts.operations.perform import Done, perform
from contacts.service import desk
from contacts.service.enforcement import Enforcement
from contacts.service.lanes import Lanes, Place
from contacts.service.patience import Patience
from xasup.protocol import codec, events, requests, topics
from xasup.protocol.errors import Malformed, Unavailable, XasupError
from xasup.protocol.events import Payload
from xasup.protocol.ids import UserId
from xasup.protocol.requests import Request
from xasup.runtime.line import Line
from xasup.wire.mqtt import Incoming, Wire
from xasup.wire.truth.port import Truth

log = structlog.get_logger()

AT_ONCE = 256  # requests in work
IN_LINE = 500  # requests of one user, or about one group, in work or waiting
LIMIT = 1.8  # seconds from its arrival in which a request is answered, if only with `unavailable`
_LATE = "recorded; it holds, and the answer follows, as soon as the broker's directory has it"
_AWAY = "the service cannot decide at this moment; try again with the same id"
_CROWDED = "too many requests wait; try again with the same id"
_BROKEN = "the service failed on this request, and its log says how; other requests are not affected"


@dataclass(slots=True)
class Case:
    """A request in work. *arrived*: by the event loop's clock, in seconds."""

    wire: Wire
    message: Incoming
    actor: UserId
    request: Request
    arrived: float
    acknowledged: bool = False

    def acknowledge(self) -> None:
        """Once, however often it is called: the packet's number is used again."""
        if not self.acknowledged:
            self.acknowledged = True
            self.wire.ack((self.message,))


class Reception:
    """*now*: milliseconds since the epoch. *tasks* holds the cases in work."""

    def __init__(
        self,
        line: Line,
        truth: Truth,
        enforcement: Enforcement,
        patience: Patience,
        metrics: Metrics,
        tasks: asyncio.TaskGroup,
        now: Callable[[], int],
    ) -> None:
        self._line, self._truth, self._now = line, truth, now
        self._enforcement, self._patience, self._metrics, self._tasks = enforcement, patience, metrics, tasks
        self._lanes: Lanes[Case] = Lanes(AT_ONCE)
        self._loop = asyncio.get_running_loop()

    def take(self, wire: Wire, batch: Sequence[Incoming]) -> None:
        """Requests, as they arrived at `svc/{service}/request/{actor}`."""
        arrived = self._loop.time()
        for message in batch:
            actor = _actor(message.topic)
            try:
                request = requests.parse(self._line.service, message.payload)
            except Malformed as error:
                refusal = events.refusal(requests.id_of(message.payload), error)
                self._metrics.answered(self._line.service, "", error.code, arrived)
                self._answer(actor, refusal, partial(wire.ack, (message,)))
                continue
            self._line_up(Case(wire, message, actor, request, arrived))
        self._start()

    def _line_up(self, case: Case) -> None:
        keys = desk.keys(case.request, case.actor)
        if self._lanes.depth(keys) >= IN_LINE:
            self._refuse(case, Unavailable(_CROWDED))
        else:
            self._lanes.add(keys, case)

    def _start(self) -> None:
        for place in self._lanes.take():
            self._tasks.create_task(self._work(place), name="request")

    async def _work(self, place: Place[Case]) -> None:
        case = place.item
        try:
            async with asyncio.timeout_at(case.arrived + LIMIT):
                await self._handle(case)
        except TimeoutError:
            self._refuse(case, Unavailable(_AWAY))
        except XasupError as error:
            self._refuse(case, error)
        except Exception:
            log.exception("a request failed", topic=case.message.topic, op=desk.op(case.request))
            self._refuse(case, Unavailable(_BROKEN))
        finally:
            self._lanes.done(place)
        self._start()

    async def _handle(self, case: Case) -> None:
        operation = desk.operation(case.request, case.actor, self._now())
        if operation is None:
            fields = await desk.listing(self._truth, case.request, case.actor)
            self._say(case, events.answer(case.request.id, desk.op(case.request), **fields, ts=self._now()))
            return
        asked = desk.asked(self._line.service, case.actor, case.request)
        self._await_enforcement(case, await perform(self._truth, operation, asked))

    def _await_enforcement(self, case: Case, done: Done) -> None:
        """A fresh decision is answered by the notices of its change; what was decided before is answered here."""
        if done.fresh:
            case.acknowledge()
            self._metrics.decided(self._line.service, desk.op(case.request), done.position, case.arrived)
        elif not self._enforcement.when(done.position, lambda: self._say(case, done.answer)):
            raise Unavailable(_CROWDED)
        self._patience.unless(done.position, case.arrived + LIMIT, lambda: self._refuse(case, Unavailable(_LATE)))

    def _refuse(self, case: Case, error: XasupError) -> None:
        self._say(case, events.refusal(case.request.id, error, desk.op(case.request)))

    def _say(self, case: Case, answer: Payload) -> None:
        outcome = answer.get("code", OK)
        self._metrics.answered(self._line.service, desk.op(case.request), outcome, case.arrived)
        self._answer(case.actor, answer, case.acknowledge)

    def _answer(self, actor: UserId, answer: Payload, done: Callable[[], None]) -> None:
        service = self._line.service
        self._line.publish(topics.event(actor, service), codec.encode(answer), done)


@lru_cache(maxsize=65_536)
def _actor(topic: str) -> UserId:
    return UserId(topics.parse(topic).actor)
