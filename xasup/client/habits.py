"""The habits on which the promises rest, each replaceable, so that a test can break one and see its check turn red."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xasup.client.arrivals import Judge, judge
from xasup.protocol.ids import UserId
from xasup.wire.store import DeviceStore, Draft, Line

SESSION_DAYS = 30
Compose = Callable[[DeviceStore, UserId, Sequence[Draft]], list[Line]]


def compose(store: DeviceStore, me: UserId, drafts: Sequence[Draft]) -> list[Line]:
    """Into the file."""
    return store.outbox.compose(me, drafts)


@dataclass(frozen=True, slots=True)
class Habits:
    """*judge*: tells new from repeated; *compose*: writes what was accepted, before send() returns; *early_receipts*:
    says *delivered* before the file has it (never do); *catch_up*: asks history what was missed; *order*: shows numbers
    in their order; *hold*: seconds for which a reply waits for what it replies to; *patience*: seconds to wait for a
    service's answer; *session*: seconds for which the broker keeps ours."""

    judge: Judge = judge
    compose: Compose = compose
    early_receipts: bool = False
    catch_up: bool = True
    order: bool = True
    hold: float = 1.0
    patience: float = 10.0
    session: int = SESSION_DAYS * 86_400
