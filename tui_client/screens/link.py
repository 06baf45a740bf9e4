"""A code that lets one new device in: shown until it was used or its time is over, then gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_client.clocks import Clocks
from tui_client.devices import CODE_LASTS, code_lines
from tui_client.screens.over import Over
from tui_client.timers import unless_gone
from tui_client.widgets.sheet import Sheet
from xasup.client.events import DeviceChanged, Event
from xasup.client.values import LinkCode


class Link(Over[bool]):
    """True: the device was linked while this was shown."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "dismiss(False)", "close")]

    def __init__(self, code: LinkCode, clocks: Clocks) -> None:
        super().__init__()
        self._code, self._clocks = code, clocks
        self._until = clocks.steady() + CODE_LASTS

    def spoken(self) -> Sequence[str]:
        return (
            f"On the new device, give this to `xasup chat`, within {CODE_LASTS:.0f} seconds:",
            self._code.text,
            "It is good for one device, once.",
        )

    def compose(self) -> ComposeResult:
        with Vertical(id="code") as frame:
            frame.border_title = f"Link {self._code.device}"
            frame.border_subtitle = "Esc close"
            yield Sheet(id="picture")

    def on_mount(self) -> None:
        self.call_after_refresh(self._draw)
        self.set_interval(1.0, unless_gone(self, self._tick))

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._draw)

    def hear(self, event: Event) -> None:
        if isinstance(event, DeviceChanged) and event.device == self._code.device and not event.code and event.linked:
            self.dismiss(True)

    def _tick(self) -> None:
        if self._clocks.steady() >= self._until:
            self.dismiss(False)
        else:
            self._draw()

    def _draw(self) -> None:
        sheet = self.query_one(Sheet)
        left = self._until - self._clocks.steady()
        sheet.show(code_lines(self._code, left, sheet.cells, sheet.size.height, drawable=not self.app.no_color))
