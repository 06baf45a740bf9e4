"""What stands over the conversation for a while and goes with a result."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

T = TypeVar("T")


class Over(ModalScreen[T]):
    """It goes once: a key that was pressed before it was gone, and reaches it late, takes no other screen away."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()
