"""Commands that move within the open conversation and select messages. Refuses to know widgets and keys."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from tui_client.counter import Desk


async def select(desk: Desk, text: str) -> None:
    """Away with a filter, a reply or a correction that was begun; else to the messages."""
    if not desk.give_up():
        desk.step(-1)


async def write(desk: Desk, text: str) -> None:
    """Back from the messages."""
    desk.select("")


async def newest(desk: Desk, text: str) -> None:
    """The last line, and keep to it."""
    desk.select("")
    await desk.go_to_end()


async def oldest(desk: Desk, text: str) -> None:
    """The first line that this device has."""
    desk.select("")
    await desk.go_to_beginning()


def step(by: int) -> Callable[[Desk, str], Coroutine[Any, Any, None]]:
    """Select the message *by* places on."""

    async def turn(desk: Desk, text: str) -> None:
        desk.step(by)

    return turn


def scroll(pages: int) -> Callable[[Desk, str], Coroutine[Any, Any, None]]:
    """Scroll the conversation."""

    async def turn(desk: Desk, text: str) -> None:
        await desk.scroll(pages)

    return turn
