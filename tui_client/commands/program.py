"""Commands about this program: settings, themes. Refuses to know widgets. Each may raise Malformed or Unavailable."""

from __future__ import annotations

from dataclasses import replace

from tui_client.counter import Desk
from tui_client.screens.settings import Settings
from tui_client.screens.themes import Themes
from tui_client.settings import find
from tui_client.settings import settings as known
from tui_client.themes import chosen, kept

SETTINGS = tuple(setting.typed for setting in known(()))  # as they are typed


async def settings(desk: Desk, text: str) -> None:
    """All of them, over the conversation; or one that is named, with what is chosen for it."""
    preferences = desk.view.preferences
    if not text:
        await desk.show(Settings(desk.themes, preferences, desk.prefer))
        return
    name, _, word = text.partition(" ")
    setting = find(known(desk.themes), name)
    wanted = setting.chosen(preferences, word.strip())
    await desk.prefer(wanted)
    now = setting.now(wanted)
    desk.remark(f"{setting.typed} is {now.typed}: {now.meaning}")


async def theme(desk: Desk, text: str) -> None:
    """The named one; without a name, a list that shows each while it is looked at."""
    name = text or await desk.show(Themes(desk.theme))
    if name:
        await desk.prefer(replace(desk.view.preferences, theme=kept(chosen(name, desk.themes))))
