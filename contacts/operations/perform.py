"""Carry out an operation: read its facts, judge, commit in one atomic step; read and judge again where they changed.

Refuses to know: what is decided, who publishes the notices.
"""

from __future__ import annotations

from dataclasses import dataclass

from contacts.operations.operation import Asked, Draft, Facts, Operation
from xasup.protocol import changes, codec
from xasup.protocol.changes import Change, Notice
from xasup.protocol.errors import Code, Refused, Unavailable, XasupError
from xasup.protocol.events import Payload
from xasup.protocol.records import edits_of
from xasup.wire.truth.port import Committed, Recorded, Step, Truth

ATTEMPTS = 20  # each loses only to somebody else's success


@dataclass(frozen=True, slots=True)
class Done:
    """It holds in the truth. *position*: of the change after which it is enforced; *fresh*: this call made the change,
    whose notices (with the answer, where somebody asked) go out by themselves; else *answer* waits to be sent."""

    position: str
    answer: Payload
    fresh: bool


async def perform(truth: Truth, operation: Operation, asked: Asked | None = None) -> Done:
    """Raises Refused, Malformed; Unavailable when the truth is away (it may then still have been recorded: the same
    request again gives the same answer)."""
    for _ in range(ATTEMPTS):
        facts = Facts(dict(zip(operation.cells, await truth.get(operation.cells), strict=True)))
        try:
            draft = operation.judge(facts)
        except XasupError:
            if asked is not None and (earlier := await _answered(truth, asked)):
                return earlier
            raise
        if not draft.put:
            return await _unchanged(truth, draft, asked)
        answer = asked.answer(draft) if asked else dict(draft.answer)
        outcome = await truth.commit(_step(operation, facts, draft, asked, answer))
        if isinstance(outcome, Committed):
            return Done(outcome.position, answer, fresh=True)
        if asked is not None and (earlier := await _answered(truth, asked)):
            return earlier
    raise Unavailable("too many others are changing the same thing at this moment; try again")


def _step(operation: Operation, facts: Facts, draft: Draft, asked: Asked | None, answer: Payload) -> Step:
    change = Change(
        what=operation.what,
        by=operation.by,
        ts=operation.now,
        subject=operation.subject,
        edits=edits_of(draft.put.items()),
        notices=_in_order(draft, asked, answer),
    )
    return Step(
        expect=facts.cells,
        put=draft.put,
        change=changes.encode(change),
        request=asked.key if asked else None,
        answer=Recorded(asked.digest, codec.encode(answer)) if asked else None,
    )


def _in_order(draft: Draft, asked: Asked | None, answer: Payload) -> tuple[Notice, ...]:
    """First what concerns whoever asked, then their answer, then the others: so the time of an answer does not tell
    whether somebody else was told something."""
    if asked is None:
        return (*draft.notices, *draft.last)
    own = [notice for notice in draft.notices if notice.topic == asked.topic]
    others = [notice for notice in draft.notices if notice.topic != asked.topic]
    return (*own, Notice(asked.service, asked.topic, answer), *others, *draft.last)


async def _unchanged(truth: Truth, draft: Draft, asked: Asked | None) -> Done:
    """Nothing to do; but what stands in the truth may still be on its way to the directory."""
    if asked is None:
        return Done(await truth.last_position(), dict(draft.answer), fresh=False)
    if earlier := await _answered(truth, asked):
        return earlier
    return Done(await truth.last_position(), asked.answer(draft), fresh=False)


async def _answered(truth: Truth, asked: Asked) -> Done | None:
    """The answer that this request got before. Raises Refused when its id was used for something else."""
    recorded = await truth.recorded(asked.key)
    if recorded is None:
        return None
    if recorded.digest != asked.digest:
        raise Refused(f"id {asked.id!r} was used for another request; choose a new one", Code.CONFLICT)
    return Done(recorded.position, codec.decode_object(recorded.payload), fresh=False)
