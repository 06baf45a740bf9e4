"""The checks, asked of a ledger. Each streams its findings; none holds more than one pair of people in memory.

Refuses to know: how the ledger was filled, what is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from xasup.audit.consent import Pair
from xasup.audit.facts import Decision
from xasup.audit.findings import Check, Finding
from xasup.audit.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Reach:
    """What was read. *messages*, *decisions*: all that there ever were; *since*: where the messages begin otherwise, in
    milliseconds since the epoch, 0 where that is not known."""

    messages: bool
    decisions: bool
    since: int = 0


def twice(ledger: Ledger, reach: Reach) -> Iterator[Finding]:
    """REPEATED, CONFLICTING."""
    for sender, id, copies, contents in ledger.ask(
        "SELECT sender, id, count(*), count(DISTINCT digest) FROM messages GROUP BY sender, id HAVING count(*) > 1"
    ):
        places = ledger.ask("SELECT position FROM messages WHERE sender = ? AND id = ? LIMIT 5", sender, id)
        where = ", ".join(position for (position,) in places)
        check = Check.CONFLICTING if contents > 1 else Check.REPEATED
        yield Finding(check, _who(sender, id), f"{copies} times, at {where}")


def claims(ledger: Ledger, reach: Reach) -> Iterator[Finding]:
    """MISSING, DISPLACED, OUT_OF_REACH: what devices and history have."""
    for source, sender, id, position, at in ledger.ask(
        "SELECT source, sender, id, position, at FROM claims AS c WHERE NOT EXISTS"
        " (SELECT 1 FROM messages AS m WHERE m.sender = c.sender AND m.id = c.id)"
    ):
        check = Check.MISSING if reach.messages or at >= reach.since > 0 else Check.OUT_OF_REACH
        yield Finding(check, _who(sender, id), f"{source} has it" + (f" from {position}" if position else ""))
    for source, sender, id, position in ledger.ask(
        "SELECT source, sender, id, position FROM claims AS c WHERE position != ''"
        " AND EXISTS (SELECT 1 FROM messages AS m WHERE m.sender = c.sender AND m.id = c.id)"
        " AND NOT EXISTS (SELECT 1 FROM messages AS m"
        " WHERE m.position = c.position AND m.sender = c.sender AND m.id = c.id)"
    ):
        yield Finding(Check.DISPLACED, _who(sender, id), f"{source} has it from {position}; the log does not")


def receipts(ledger: Ledger, reach: Reach) -> Iterator[Finding]:
    """UNFOUNDED, FOREIGN, EARLY, OUT_OF_REACH."""
    for sender, id, by, kind, position, taken, recipient, before in ledger.ask(
        "SELECT r.sender, r.id, r.by, r.kind, r.position, r.taken, m.recipient, m.taken FROM receipts AS r"
        " LEFT JOIN messages AS m ON m.rowid ="
        " (SELECT min(rowid) FROM messages WHERE sender = r.sender AND id = r.id)"
        " WHERE m.recipient IS NULL OR m.recipient != r.by OR m.taken > r.taken"
    ):
        who, detail = _who(sender, id), f"{kind} by {by}, at {position}"
        if recipient is None:
            yield Finding(Check.UNFOUNDED if reach.messages else Check.OUT_OF_REACH, who, detail)
        elif recipient != by:
            yield Finding(Check.FOREIGN, who, f"{detail}; it is to {recipient}")
        else:
            yield Finding(Check.EARLY, who, f"{detail}, {before - taken} ms before it")


def numbers(ledger: Ledger, reach: Reach) -> Iterator[Finding]:
    """GAP, COUNTED_TWICE: of each device in each conversation."""
    first = "0" if reach.messages else "NULL"
    for sender, talk, src, n, id, before in ledger.ask(
        f"SELECT * FROM (SELECT sender, talk, src, n, id, lag(n, 1, {first}) OVER"  # noqa: S608 - one of two words
        " (PARTITION BY sender, talk, src ORDER BY n, id) AS before"
        " FROM (SELECT DISTINCT sender, talk, src, n, id FROM messages WHERE n > 0)) WHERE n != before + 1"
    ):
        device = f" of {src}" if src else ""
        if n == before:
            yield Finding(Check.COUNTED_TWICE, _who(sender, id), f"number {n}{device} in {talk}")
        else:
            missing = f"{before + 1}" if n == before + 2 else f"{before + 1} to {n - 1}"
            yield Finding(Check.GAP, _who(sender, id), f"{missing}{device} in {talk} missing before it")


def consent(ledger: Ledger, reach: Reach) -> Iterator[Finding]:
    """UNASKED, REVOKED, LATE, UNCLEAR: of messages between two people."""
    rows = ledger.ask(
        "SELECT talk, recipient, sender, id, taken, ts FROM messages"
        " WHERE recipient NOT LIKE 'g:%' ORDER BY talk, rowid"
    )
    for _, messages in groupby(rows, lambda row: row[0]):
        pair: Pair | None = None
        for _, recipient, sender, id, taken, ts in messages:
            pair = pair or Pair(_decisions(ledger, recipient, sender))
            check = pair.judge(recipient, sender, taken, ts, reach.decisions)
            if check is not None:
                yield Finding(check, _who(sender, id), f"to {recipient}")


def unreadable(ledger: Ledger, reach: Reach) -> Iterator[Finding]:
    """UNREADABLE."""
    for stream, position, reason in ledger.ask("SELECT stream, position, reason FROM unreadable"):
        yield Finding(Check.UNREADABLE, f"{stream} {position}", reason)


CHECKS: tuple[Callable[[Ledger, Reach], Iterator[Finding]], ...] = (
    twice,
    claims,
    receipts,
    numbers,
    consent,
    unreadable,
)


def _decisions(ledger: Ledger, one: str, other: str) -> Iterator[Decision]:
    low, high = sorted((one, other))
    rows: Iterator[tuple[Any, ...]] = ledger.ask(
        "SELECT what, me, other, ts FROM decisions WHERE (low, high) IN (VALUES (?, ?), (?, ''), (?, ''))"
        " ORDER BY ts, rowid",
        low,
        high,
        low,
        high,
    )
    return (Decision(*row) for row in rows)


def _who(sender: str, id: str) -> str:
    return f"{sender} {id}"
