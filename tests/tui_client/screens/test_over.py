"""A screen that is gone takes no other one away."""

from __future__ import annotations

from textual import events
from textual.app import App
from textual.screen import ModalScreen, Screen

from tui_client.screens.over import Over


async def left_after_two_keys(over: type[ModalScreen[str]]) -> tuple[int, list[str | None]]:
    """How many screens; and what was said by the one that was there."""

    class Sheet(over):  # type: ignore[valid-type, misc]  # one or the other
        def on_key(self, event: events.Key) -> None:
            self.dismiss(event.key)

    app, said = App[None](), list[str | None]()
    async with app.run_test() as pilot:
        await app.push_screen(Screen())  # so that there is one too many to lose
        sheet = Sheet()
        await app.push_screen(sheet, said.append)
        for key in ("a", "b"):  # both on their way before the first one is heard
            sheet.post_message(events.Key(key, key))
        await pilot.pause()
        return len(app.screen_stack), said


async def test_two_keys_at_once_end_it_once() -> None:
    assert await left_after_two_keys(Over) == (2, ["a"])


async def test_control_one_of_textual_takes_another_along() -> None:
    assert (await left_after_two_keys(ModalScreen))[0] < 2
