"""The command `/export`, in the plain mode and on the screen."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tui_client.plain.listener import listening
from tests.tui_client.seat import seat
from tests.tui_client.town import Town


async def town_with_a_conversation() -> Town:
    town = Town.around("alice", "bob")
    alice, bob = town.people["alice"], town.people["bob"]
    for number in range(1200):
        await bob.send("alice", f"number {number}")
    await alice.send("bob", "the end")
    return town


async def test_it_says_where_it_went_and_asks_before_it_overwrites(tmp_path: Path) -> None:
    town, path = await town_with_a_conversation(), tmp_path / "bob.json"
    async with listening(town.people["alice"]) as alice:
        alice.types("/open bob")
        await alice.hears("You are with bob")
        alice.types(f"/export json {path}")
        await alice.hears(f"1201 messages are in {path}.")
        assert len(json.loads(path.read_text())["messages"]) == 1201
        path.write_text("mine")
        alice.types(f"/export json {path}")
        await alice.hears(f"{path} is there already. Overwrite it? Type yes or no.")
        alice.types("no")
        alice.types("/export pdf")
        await alice.hears("pdf is no format; expected text, json, html, as in /export html bob.html.")
        assert path.read_text() == "mine"


async def test_on_the_screen(tmp_path: Path) -> None:
    town = await town_with_a_conversation()
    async with seat(town.people["alice"]) as alice:
        await alice.types("/open bob")
        await alice.sees("the end")
        await alice.types(f"/export html {tmp_path}/x.html")
        await alice.sees("1201 messages are in")
    assert "the end" in (tmp_path / "x.html").read_text()
