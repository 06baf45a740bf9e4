"""My devices on the screen: told apart, renamed, revoked, linked by a code that goes away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.tui_client.seat import seat
from tests.tui_client.town import NOON, StandIn, Town
from tui_client.clocks import Clocks
from tui_client.devices import CODE_LASTS, code_lines, device_lines, expiry, seen
from tui_client.spans import width
from xasup.client.events import DeviceChanged
from xasup.client.values import Device, LinkCode
from xasup.protocol.ids import DeviceId

SIZES = [(80, 24), (60, 15)]
NOW = NOON / 1000
CODE = LinkCode(DeviceId("phone"), "xasup://alice:c0de@127.0.0.1:1883/phone", NOON + 60_000)


@dataclass
class HandClock:
    now: float = 0.0

    def clocks(self) -> Clocks:
        return Clocks(steady=lambda: self.now, wall=lambda: datetime(2026, 11, 22, 13, 0))


@pytest.fixture
def alice() -> StandIn:
    return Town().person("alice")


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (5, "seen just now"),
        (90, "seen 1 min ago"),
        (7200, "seen 2 h ago"),
        (86_400, "seen 1 day ago"),
        (3 * 86_400, "seen 3 days ago"),
        (30 * 86_400, "seen on 2026-10-23"),
    ],
)
def test_when_a_device_was_seen(ago: int, expected: str) -> None:
    assert seen(NOON - ago * 1000, NOW) == expected


def test_never_has_words_of_its_own() -> None:
    assert seen(0, NOW) == "never seen"
    assert expiry(0, NOW) == "does not expire"
    assert expiry(int(NOW) + 1, NOW) == "expires on 2026-11-22"
    assert expiry(int(NOW) - 1, NOW) == "expired on 2026-11-22"


def test_a_hostile_label_stays_a_text() -> None:
    lines = device_lines([Device(DeviceId("phone"), label="\x1b]0;x\x07[red]‮" + "w" * 200)], NOW, 40)
    assert all("\x1b" not in line.text and "‮" not in line.text and width(line.text) <= 40 for line in lines)


@pytest.mark.parametrize(
    ("cells", "rows", "drawable"), [(70, 24, True), (70, 12, True), (30, 24, True), (70, 24, False)]
)
def test_a_code_is_drawn_where_there_is_room_and_always_spelled(cells: int, rows: int, drawable: bool) -> None:
    lines = code_lines(CODE, CODE_LASTS, cells, rows, drawable)
    text = "\n".join(line.text for line in lines)
    assert ("▀" in text) == ((cells, rows, drawable) == (70, 24, True))
    assert CODE.text in text.replace("\n", "")
    assert "60 s left" in text
    assert len(lines) <= rows


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_says_which_one_this_is(alice: StandIn, size: tuple[int, int]) -> None:
    async with seat(alice, size) as screen:
        await screen.types("/devices")
        await screen.sees("Your devices", "laptop  this one", "seen 1 h ago · does not expire", "l link a device")


@pytest.mark.parametrize("size", SIZES)
async def test_a_device_is_renamed(alice: StandIn, size: tuple[int, int]) -> None:
    async with seat(alice, size) as screen:
        await screen.types("/devices")
        await screen.sees("laptop  this one")
        await screen.presses("r")
        await screen.sees("What do you call laptop?")
        await screen.types("by the window")
        await screen.sees("laptop  by the window  this one", "laptop is renamed")


async def test_revoking_this_device_says_what_follows_and_ends(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/devices")
        await screen.sees("laptop  this one")
        await screen.presses("x")
        await screen.sees("the one you sit at", "never sent")
        await screen.presses("escape")
        await screen.sees("laptop  this one")
        await screen.presses("x", "enter")
        await screen.ends("This device is revoked.")


@pytest.mark.parametrize("size", SIZES)
async def test_a_code_goes_away_when_the_device_was_linked(alice: StandIn, size: tuple[int, int]) -> None:
    async with seat(alice, size) as screen:
        await screen.types("/devices")
        await screen.sees("laptop")
        await screen.presses("l")
        await screen.sees("A name for the new device")
        await screen.types("phone")
        await screen.sees("Link phone", CODE.text, "s left")
        alice.tell(DeviceChanged(DeviceId("phone"), linked=True, by="alice"))
        await screen.sees("phone is linked")
        await screen.misses(CODE.text)


async def test_a_code_goes_away_when_its_time_is_over(alice: StandIn) -> None:
    clock = HandClock()
    async with seat(alice, clocks=clock.clocks()) as screen:
        await screen.types("/devices")
        await screen.sees("laptop")
        await screen.presses("l")
        await screen.types("phone")
        await screen.sees(CODE.text, "60 s left")
        clock.now = 31.0
        await screen.sees("29 s left")
        clock.now = 61.0
        await screen.sees("phone was not linked")
        await screen.misses(CODE.text)


async def test_a_name_that_is_taken_says_so(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/devices")
        await screen.sees("laptop")
        await screen.presses("l")
        await screen.types("laptop")
        await screen.sees("✗ device laptop exists; revoke it first or choose another name")


async def test_the_same_by_slash(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/devices link phone")
        await screen.sees("Link phone", CODE.text)
        alice.tell(DeviceChanged(DeviceId("phone"), linked=True, by="alice"))
        await screen.sees("phone is linked")
        await screen.types("/devices rename phone by the window")
        await screen.sees("your device phone is called “by the window”")
        await screen.types("/devices revoke phone")
        await screen.sees("Revoke phone?")
        await screen.presses("enter")
        await screen.sees("a link code for your device phone was not used")
    assert [device.device for device in await alice.devices()] == ["laptop"]
