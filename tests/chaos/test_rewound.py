"""A device whose file is older than it was: of what it wrote since nothing is lost, and nothing waits for a number."""

from __future__ import annotations

from pathlib import Path

import pytest

from xasup.chaos.storage.house import ALICE, BOB, SOON, House, house
from xasup.stack import apart


def files(home: House) -> dict[Path, bytes]:
    """Of bob's device, as if its process ended this moment."""
    path = home.file(BOB)
    return {it: it.read_bytes() for it in (path, path.with_name(f"{path.name}-wal"))}


async def numbers(home: House, user: str, ids: list[str]) -> list[int]:
    """Of *ids* on the screen of *user*."""
    there = await home.people[user].client.messages(ALICE if user == BOB else BOB)
    return [line.n for id in ids for line in there if line.id == id]


@pytest.mark.xdist_group("chaos")
async def test_what_a_device_wrote_comes_back_to_it_though_it_gives_a_number_again(tmp_path: Path) -> None:
    async with house(apart(tmp_path), tmp_path, lambda line: None) as home:
        async with home.parts["bridge"].away():  # so that the first one is not settled when the second is written
            kept = await home.write(BOB, ALICE)
            before = files(home)
            lost = await home.write(BOB, ALICE)
        assert await home.people[BOB].until_stored([*kept, *lost], SOON)
        await home.go(BOB)
        for path, content in before.items():
            path.write_bytes(content)
        async with home.parts["history"].away():  # so that the device cannot know
            again = await (await home.come(BOB)).write(ALICE, "the number once more")
            assert await home.people[BOB].until_stored([again], SOON)
        written = [*kept, *lost, again]
        for user in (ALICE, BOB):
            assert await home.people[user].until_shown(set(written), SOON)
        first = (await numbers(home, ALICE, kept))[0]
        for user in (ALICE, BOB):
            assert await numbers(home, user, written) == [first, first + 1, first + 1]
        assert not any((await home.judge()).values())
