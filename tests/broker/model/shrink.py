"""A list made as short as it can be while it still fails: delta debugging. Refuses to know: what fails, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def shrunk(items: list[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """No part of it that is left out in one piece still fails without. *items* fails."""
    size = len(items)
    while size:
        size = min((size + 1) // 2, len(items)) if size > 1 else 1
        shorter = _without_pieces(items, size, fails)
        if size == 1 and len(shorter) == len(items):
            return shorter
        items = shorter
    return items


def _without_pieces(items: list[T], size: int, fails: Callable[[list[T]], bool]) -> list[T]:
    at = 0
    while at < len(items):
        rest = items[:at] + items[at + size :]
        if fails(rest):
            items = rest
        else:
            at += size
    return items
