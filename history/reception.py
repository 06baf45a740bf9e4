"""Takes requests and sees to their answers. They change nothing, so one that comes again is answered again.

That there is no more is said only when the mailboxes have all that the log had when the request came. Refuses to know:
how mailboxes are kept, how far the log is followed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

import structlog

from history import answers, position
from history.consumer import Consumer, covers
from history.horizon import Horizon
from history.metrics import OK, Metrics
from history.shelf import Shelf
from xasup.protocol import codec, events, requests, topics
from xasup.protocol.errors import Code, Malformed, Refused, Unavailable, XasupError
from xasup.protocol.events import Payload
from xasup.protocol.ids import UserId
from xasup.protocol.requests import Request, Since, States
from xasup.runtime.line import Line
from xasup.wire.mailboxes import Page, Wanted
from xasup.wire.mqtt import Incoming, Wire

log = structlog.get_logger()
T = TypeVar("T")

SERVICE = "history"
AT_ONCE, IN_LINE = 2000, 8  # requests in work, in all and of one user
LIMIT = 1.8  # seconds from its arrival in which a request is answered, if only with `unavailable`
_LATE = "history has not caught up with the log yet; try again with the same id"
_CROWDED = "too many requests wait; try again with the same id"
_BROKEN = "the service failed on this request, and its log says how; other requests are not affected"


@dataclass(slots=True)
class Case:
    """A request in work. *arrived*: by the event loop's clock, in seconds; *done*: its answer is out."""

    actor: UserId
    request: Request
    arrived: float
    done: Callable[[], None]


class Reception:
    """*tasks* holds the cases in work."""

    def __init__(
        self,
        line: Line,
        shelf: Shelf,
        horizon: Horizon,
        consumer: Consumer,
        metrics: Metrics,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._line, self._shelf, self._horizon, self._consumer = line, shelf, horizon, consumer
        self._metrics, self._tasks = metrics, tasks
        self._in_line: Counter[UserId] = Counter()
        self._in_work = 0
        self._loop = asyncio.get_running_loop()

    def take(self, wire: Wire, batch: Sequence[Incoming]) -> None:
        """Requests, as they arrived at `svc/history/request/{actor}`."""
        arrived = self._loop.time()
        for message in batch:
            actor, acknowledge = _actor(message.topic), partial(wire.ack, (message,))
            try:
                request = requests.parse(SERVICE, message.payload)
            except Malformed as error:
                self._metrics.answered("", error.code, arrived)
                self._publish(actor, events.refusal(requests.id_of(message.payload), error), acknowledge)
                continue
            self._begin(Case(actor, request, arrived, acknowledge))

    def _begin(self, case: Case) -> None:
        if self._in_line[case.actor] >= IN_LINE or self._in_work >= AT_ONCE:
            self._refuse(case, Unavailable(_CROWDED))
            return
        self._in_line[case.actor] += 1
        self._in_work += 1
        self._tasks.create_task(self._work(case), name="request")

    async def _work(self, case: Case) -> None:
        try:
            async with asyncio.timeout_at(case.arrived + LIMIT):
                fields = await self._answer(case.request, case.actor)
        except TimeoutError:
            self._refuse(case, Unavailable(_LATE))
        except XasupError as error:
            self._refuse(case, error)
        except Exception:
            log.exception("a request failed", actor=case.actor, op=_op(case.request))
            self._refuse(case, Unavailable(_BROKEN))
        else:
            op = _op(case.request)
            self._metrics.answered(op, OK, case.arrived, len(fields.get("entries", ())))
            self._publish(case.actor, events.answer(case.request.id, op, **fields), case.done)
        finally:
            self._in_work -= 1
            self._in_line[case.actor] -= 1
            if not self._in_line[case.actor]:
                del self._in_line[case.actor]

    async def _answer(self, request: Request, me: UserId) -> dict[str, Any]:
        """Raises Malformed, Refused, Unavailable."""
        match request:
            case Since():
                return await self._since(request, me)
            case States():
                return await self._states(request, me)
            case _:
                raise Unavailable(_BROKEN)

    async def _since(self, request: Since, me: UserId) -> dict[str, Any]:
        after, anew = position.begin(request.position, self._shelf.generation)
        wanted = Wanted(me, after, request.with_ or "", request.limit, answers.MAX_ANSWER, request.count)
        page = await self._up_to_date(partial(self._shelf.page, wanted), _has_more)
        if page.head < after:  # this store has never been there: it was put back to an earlier state
            page, anew = await self._up_to_date(partial(self._shelf.page, wanted._replace(after=0)), _has_more), True
        fields = answers.since(page, self._shelf.generation, count=request.count)
        return fields | ({"reset": True} if anew else {})

    async def _states(self, request: States, me: UserId) -> dict[str, Any]:
        sender = UserId(request.sender or me)
        standing = await self._up_to_date(
            partial(self._shelf.standing, me, sender, request.message), lambda found: found is not None
        )
        if standing is None:
            reason = f"there is no message {request.message} that you wrote or that came to you"
            raise Refused(reason, Code.UNKNOWN_MESSAGE)
        return {"message": request.message, "sender": sender, "states": answers.states(standing)}

    async def _up_to_date(self, look: Callable[[], Awaitable[T]], enough: Callable[[T], bool]) -> T:
        """What *look* finds; where that is not *enough*, once more when the mailboxes have all that the log has."""
        before = self._consumer.cursor
        found = await look()
        if not enough(found):
            end = await self._horizon.now()
            if not covers(before, end):
                await self._consumer.reached(end)
                found = await look()
        return found

    def _refuse(self, case: Case, error: XasupError) -> None:
        op = _op(case.request)
        self._metrics.answered(op, error.code, case.arrived)
        self._publish(case.actor, events.refusal(case.request.id, error, op), case.done)

    def _publish(self, actor: UserId, answer: Payload, done: Callable[[], None]) -> None:
        self._line.publish(topics.event(actor, SERVICE), codec.encode(answer), done)


def _has_more(page: Page) -> bool:
    return page.more


def _op(request: Request) -> str:
    return str(getattr(request, "op", ""))


@lru_cache(maxsize=65_536)
def _actor(topic: str) -> UserId:
    return UserId(topics.parse(topic).actor)
