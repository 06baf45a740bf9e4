"""Every screen of the terminal client, as a short play before a picture is taken. A new screen is a new line here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.tui_client.gate import Gate, door
from tests.tui_client.seat import Eyes, Seat, seat
from tests.tui_client.story import EVENING, story
from xasup.client.events import CatchingUp
from xasup.client.values import Link

Play = Callable[[Seat], Awaitable[None]]


async def nothing_open(screen: Seat) -> None:
    await screen.sees("No conversation is open")


async def conversation(screen: Seat) -> None:
    await screen.types("/open bob")
    await screen.sees("See you there!")
    await screen.types("oh, and a thermos", enter=False)
    await screen.sees("oh, and a thermos")


async def selected(screen: Seat) -> None:
    await screen.types("/open bob")
    await screen.sees("See you there!")
    await screen.presses("up", "up")
    await screen.pilot.pause()


async def reply(screen: Seat) -> None:
    await selected(screen)
    await screen.presses("r")
    await screen.types("I ask her", enter=False)
    await screen.sees("I ask her")


async def request(screen: Seat) -> None:
    await screen.types("/open erin")
    await screen.sees("asks to talk with you")


async def group(screen: Seat) -> None:
    await screen.types("/open g:hikers")
    await screen.sees("who brings the thermos?")


async def offline(screen: Seat) -> None:
    await conversation(screen)
    screen.engine.link(Link.OFFLINE, "the broker closed the connection", 7.0)  # type: ignore[attr-defined] # a stand-in
    await screen.sees("reconnecting in 7 s")


async def help(screen: Seat) -> None:
    await screen.presses("f1")
    await screen.sees("Enter")


async def question(screen: Seat) -> None:
    await screen.types("/open gina")
    await screen.types("Is there room for one more on Sunday?")
    await screen.sees("Enter yes")


async def switcher(screen: Seat) -> None:
    await screen.presses("ctrl+k")
    await screen.types("ca", enter=False)
    await screen.sees("carol")


async def search(screen: Seat) -> None:
    await screen.types("/search kites")
    await screen.sees("found")


async def requests(screen: Seat) -> None:
    await screen.types("/requests")
    await screen.sees("for you to answer", "erin")


async def inbox(screen: Seat) -> None:
    await screen.types("/inbox")
    await screen.sees("Unread: ")


async def info(screen: Seat) -> None:
    await selected(screen)
    await screen.presses("i")
    await screen.sees("How far it came")


async def ask(screen: Seat) -> None:
    await screen.presses("f2")
    await screen.sees("Ask somebody to talk with you")


async def devices(screen: Seat) -> None:
    await screen.types("/devices")
    await screen.sees("the old one")


async def link(screen: Seat) -> None:
    await screen.types("/devices link tablet")
    await screen.sees("s left")


async def accounts(screen: Seat) -> None:
    await screen.types("/accounts")
    await screen.sees("alice  open now", "bob")


async def members(screen: Seat) -> None:
    await group(screen)
    await screen.types("/group")
    await screen.sees("invited, has not answered")


async def progress(screen: Seat) -> None:
    await conversation(screen)
    screen.engine.tell(CatchingUp(412, 1000))  # type: ignore[attr-defined] # a stand-in
    await screen.sees("412 of 1000")


async def welcome(screen: Eyes) -> None:
    await screen.types("xasup://alice:sesame@127.0.0.1:1883/laptop", enter=False)
    await screen.sees("✗ the broker does not know this token")


async def settings(screen: Seat) -> None:
    await screen.types("/settings")
    await screen.sees("eceipts")


async def theme(screen: Seat) -> None:
    await screen.types("/theme")
    await screen.sees("xasup-light")


ROOMS: dict[str, Play] = {
    play.__name__.replace("_", "-"): play
    for play in (
        nothing_open,
        conversation,
        selected,
        reply,
        request,
        group,
        offline,
        help,
        question,
        switcher,
        search,
        requests,
        inbox,
        info,
        ask,
        devices,
        link,
        accounts,
        members,
        progress,
        settings,
        theme,
    )
}


DOORS: dict[str, Callable[[Eyes], Awaitable[None]]] = {"welcome": welcome}
SCENES = (*ROOMS, *DOORS)


@asynccontextmanager
async def scene(name: str, size: tuple[int, int], theme: str) -> AsyncIterator[Eyes]:
    """The play of this name at its end, before the same clock, on a screen at rest."""
    if name in DOORS:
        async with door(Gate(), size) as outside:
            outside.app.theme = theme
            await DOORS[name](outside)
            await outside.rests()
            yield outside
    else:
        async with seat(story(), size, clocks=EVENING, doorman=Gate("alice", "bob")) as inside:
            inside.app.theme = theme
            await ROOMS[name](inside)
            await inside.rests()
            yield inside
