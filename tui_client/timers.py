"""What a screen does by and by, which may come due while the screen ends."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget


def unless_gone(screen: Widget, do: Callable[[], None]) -> Callable[[], None]:
    """*do*, but only while there is something in *screen*.

    Textual takes away what is in a screen first, then does what its timers had still handed in, then ends the screen.
    """

    def due() -> None:
        if screen.children:
            do()

    return due
