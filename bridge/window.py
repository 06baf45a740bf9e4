"""Which messages came already, by sender and id: the newest so many, whether they are in the log or on their way.

Refuses to know: the log, acknowledgements, what is done about a repetition.
"""

from __future__ import annotations

from collections import OrderedDict

from xasup.wire.log.port import Position


class Known:
    """One message. *mark*: of its topic and payload; *position*: where the log has it, None: not yet."""

    __slots__ = ("mark", "position")

    def __init__(self, mark: int, position: Position | None = None) -> None:
        self.mark = mark
        self.position = position


class Window:
    """The newest *size* messages, in the order in which they came first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[str, Known] = OrderedDict()
        self.find = self._known.get  # by key: `{sender}/{id}`

    def __len__(self) -> int:
        return len(self._known)

    def add(self, key: str, known: Known) -> None:
        """One that find() does not know."""
        self._known[key] = known
        if len(self._known) > self._size:
            self._known.popitem(last=False)

    def forget(self, key: str) -> None:
        """It did not get into the log after all."""
        self._known.pop(key, None)


def mark(topic: bytes, payload: bytes) -> int:
    """Equal for equal content, and for other content as good as never (64 bits, keyed anew in each process)."""
    return hash((topic, payload))
