"""A lively evening of alice's, for pictures: all that a screen can show, and always the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from tests.tui_client.lines import line
from tests.tui_client.town import NOON, StandIn, Town
from tui_client.clocks import Clocks
from xasup.client.values import Device, Message
from xasup.protocol.contacts import Op
from xasup.protocol.groups import Role
from xasup.protocol.ids import DeviceId, UserId
from xasup.protocol.states import State

MINUTE, DAY = 60_000, 86_400_000
SIX = NOON + 6 * 60 * MINUTE
EVENING = Clocks(steady=lambda: 0.0, wall=lambda: datetime(2026, 11, 22, 18, 40, tzinfo=UTC))
HIKERS = "g:hikers"


def story() -> StandIn:
    """Alice, at twenty to seven."""
    town = Town()
    alice = town.person("alice")
    for name in ("bob", "carol", "dave", "erin", "frank", "gina"):
        town.person(name)
    for name in ("bob", "carol", "frank"):
        town.befriend("alice", name)
    town.decide(Op.ASK, "erin", "alice", "I sell kites, the good ones")
    town.decide(Op.ASK, "alice", "dave")
    town.groups["hikers"] = {}
    for user, role in (
        ("alice", Role.OWNER),
        ("bob", Role.MEMBER),
        ("carol", Role.MEMBER),
        ("frank", Role.INVITED),
    ):
        alice._part("hikers", user, role, "Sunday hikers")
    alice._contacts["bob"] = replace(alice._contacts["bob"], online=False)
    alice._devices["phone"] = Device(DeviceId("phone"), seen=SIX - DAY, label="the old one")
    for spoken in _spoken():
        alice.add(replace(spoken, seq=town.tick()))
    alice.forget_news()
    return alice


def _spoken() -> Iterator[Message]:
    """In the order in which it came."""
    yield _said("frank", "the boat is dry again", SIX - 3 * DAY, State.READ)
    yield _said("bob", "Did you see the northern lights?", SIX - DAY, State.READ)
    yield _mine("bob", "Only clouds here. Next time, call me!", SIX - DAY + MINUTE, State.READ)
    yield _said("carol", "my knee says yes", SIX - 9 * MINUTE, State.READ)
    yield _mine("bob", "Hi Bob! Is the lake frozen yet?", SIX, State.READ)
    yield _said("bob", "Not yet. Bring the kites, and 日本茶 if there is some left 🪁", SIX + 4 * MINUTE, State.READ)
    yield _said(HIKERS, "who brings the thermos?", SIX + 5 * MINUTE, State.DELIVERED, UserId("carol"))
    yield replace(
        _mine(
            "bob",
            "Saturday at ten, then? Carol wants to come as well, if her knee lets her.",
            SIX + 21 * MINUTE,
            State.DELIVERED,
        ),
        re=_said("bob", "", SIX + 4 * MINUTE, State.READ).id,
    )
    yield _mine("bob", "See you there!", SIX + 22 * MINUTE, State.STORED)
    yield replace(
        _mine("bob", "and the sledge?", SIX + 30 * MINUTE, State.REFUSED), reason="too many messages in a short time"
    )


def _said(key: str, text: str, ts: int, state: State, sender: UserId | None = None) -> Message:
    return line(ts // MINUTE, text, ts=ts, state=state, conversation=key, sender=sender or UserId(key))


def _mine(key: str, text: str, ts: int, state: State) -> Message:
    return line(ts // MINUTE, text, mine=True, ts=ts, state=state, conversation=key)
