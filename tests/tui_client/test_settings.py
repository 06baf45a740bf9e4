"""Settings and themes: what is chosen holds at once and is kept."""

from __future__ import annotations

import pytest

from tests.tui_client.seat import seat
from tests.tui_client.town import StandIn, Town
from tui_client.settings import setting_lines, settings
from tui_client.spans import width
from tui_client.themes import DARK, LIGHT
from xasup.client.values import Preferences

SIZES = [(80, 24), (60, 15)]
THEMES = ["nord", LIGHT.name, DARK.name]


@pytest.fixture
def alice() -> StandIn:
    return Town().person("alice")


@pytest.mark.parametrize("setting", settings(THEMES), ids=lambda setting: setting.field)
def test_choices_go_around_and_come_back(setting) -> None:  # type: ignore[no-untyped-def] # a Setting
    start = preferences = Preferences()
    for _ in setting.choices:
        preferences = setting.turned(preferences, 1)
    assert preferences == start
    assert setting.turned(setting.turned(start, 1), -1) == start
    assert setting.turned(start, 1) != start


def test_a_choice_that_is_no_more_is_the_usual_one() -> None:
    theme = next(each for each in settings(THEMES) if each.field == "theme")
    assert theme.now(Preferences(theme="gone")).word == DARK.name


@pytest.mark.parametrize("cells", [48, 70])
def test_every_setting_says_what_its_choice_means(cells: int) -> None:
    lines = setting_lines(settings(THEMES), Preferences(), cells)
    text = "\n".join(line.text for line in lines)
    assert "who wrote to you sees" in text
    assert all(width(line.text) <= cells for line in lines)


@pytest.mark.parametrize("size", SIZES)
async def test_a_setting_is_changed_and_kept(alice: StandIn, size: tuple[int, int]) -> None:
    async with seat(alice, size) as screen:
        await screen.types("/settings")
        await screen.sees("Settings", "▸ Read receipts", "‹ on ›", "← → or Enter change")
        await screen.presses("enter")
        await screen.sees("nobody learns what you have read")
        await screen.presses("down", "right")
        await screen.sees("no bell and no notification")
        await screen.presses("escape")
    assert await alice.preferences() == Preferences(read_receipts=False, quiet=True)


async def test_a_theme_that_is_tried_is_worn_and_given_back(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/theme")
        await screen.sees("Themes", f"▸ {DARK.name}", LIGHT.name)
        await screen.presses("down")
        await screen.sees(f"▸ {LIGHT.name}")
        assert screen.app.theme == LIGHT.name
        await screen.presses("escape")
        await screen.misses("Themes")
        assert screen.app.theme == DARK.name
    assert (await alice.preferences()).theme == ""


async def test_a_theme_that_is_chosen_is_kept(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/theme")
        await screen.sees("Themes")
        await screen.presses("down", "enter")
        await screen.misses("Themes")
        assert screen.app.theme == LIGHT.name
    assert (await alice.preferences()).theme == LIGHT.name


async def test_a_theme_by_its_name_and_one_that_is_not_there(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/theme nord")
        await screen.types("/theme pink")
        await screen.sees("✗ there is no theme pink; there are xasup-dark")
        assert screen.app.theme == "nord"


async def test_a_setting_by_its_name(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/settings theme xasup-light")
        await screen.sees("theme is xasup-light: ours")
        assert screen.app.theme == LIGHT.name
        await screen.types("/settings do-not-disturb on")
        await screen.sees("no bell and no notification")
    assert await alice.preferences() == Preferences(quiet=True, theme=LIGHT.name)
