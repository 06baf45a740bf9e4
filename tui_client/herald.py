"""Tells those who do not look, by the window's title, the bell, the desktop. Refuses to decide when: notice.py does."""

from __future__ import annotations

from collections.abc import Callable

from tui_client import notice
from tui_client.view import View
from xasup.client.events import Event
from xasup.runtime.notify import window_title

_KEEP, _RESTORE = "\x1b[22;2t", "\x1b[23;2t"  # xterm's stack of titles; who lacks it ignores both


class Herald:
    """*write*: to the terminal, past what is drawn."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write, self._title = write, ""

    def begin(self) -> None:
        """The window keeps its title for later."""
        self._write(_KEEP)

    def end(self) -> None:
        """It is called again as before."""
        self._write(_RESTORE)

    def hear(self, event: Event, before: View, view: View, focused: bool) -> None:
        """An event was let in."""
        found = notice.notice(event, before, view, focused)
        sequence = notice.spelled(found, view.preferences) if found else ""
        if sequence:
            self._write(sequence)

    def entitle(self, view: View) -> None:
        """Let the window be called after *view*."""
        title = notice.title(view)
        if title != self._title:
            self._title = title
            self._write(window_title(title))
