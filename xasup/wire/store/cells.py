"""Rows of the table of lines as values, and values as SQL takes them.

Each line lies beside its sum, so that one that the disk has changed is never taken for what somebody wrote. Lines of a
version before have none (NULL).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from xasup.protocol import codec
from xasup.protocol.states import State
from xasup.wire.store.faults import Broken
from xasup.wire.store.rows import Line, Task

_FEW = 4  # values; SQLite keeps a prepared statement for each number of them
_STATES, _TASKS = {state.value: state for state in State}, {task.value: task for task in Task}


def lines(rows: Iterable[tuple[Any, ...]]) -> list[Line]:
    """Whole rows as values. Raises Broken for one that is not what was written."""
    return [_line(*row) for row in rows]


def row(line: Line) -> tuple[Any, ...]:
    """As the table has it."""
    return (*line, sum_of(line))


def sum_of(line: Line) -> int:
    """Of what never changes while a line keeps its place."""
    head = f"{line.seq}\0{line.conversation}\0{line.sender}\0{line.id}\0{line.at}\0"
    return zlib.crc32(line.payload, zlib.crc32(head.encode()))


def sealed(text: str) -> str:
    """With its sum."""
    return f"{text} {zlib.crc32(text.encode()):08x}"


def unsealed(text: str) -> str | None:
    """None where it is not what was sealed; as it is where nobody has sealed it."""
    said, space, _ = text.rpartition(" ")
    return text if not space else said if sealed(said) == text else None


def among(values: Iterable[str | int]) -> tuple[str, tuple[str | int, ...]]:
    """What `IN` takes, with its arguments. Few values are spelled out: json_each takes longer than to look them up."""
    wanted = tuple(values)
    if 0 < len(wanted) <= _FEW:
        return f"({', '.join('?' * len(wanted))})", wanted
    return "(SELECT value FROM json_each(?))", (array(wanted),)


def array(values: Iterable[str | int]) -> str:
    """For json_each."""
    return codec.encode(list(values)).decode()


def _line(
    seq: int,
    conversation: str,
    sender: str,
    id: str,
    payload: bytes,
    at: int,
    state: str,
    reason: str,
    task: int,
    told: int | None = None,
) -> Line:
    try:
        line = Line(seq, conversation, sender, id, payload, at, _STATES[state], reason, _TASKS[task])
        if told is None or told == sum_of(line):
            return line
    except (KeyError, TypeError):
        pass
    raise Broken(f"line {seq} is not what was written")
