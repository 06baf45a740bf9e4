"""A log as the bridge would have left it, told in few words, and what an audit says of it."""

from __future__ import annotations

from collections.abc import Sequence

from bridge import decisions
from bridge.sorter import rfc3339
from bridge.ways import Ways
from xasup.audit.audit import Audit, Claim, Report
from xasup.audit.ledger import Ledger
from xasup.protocol import envelope, receipts, topics
from xasup.protocol.changes import Change
from xasup.protocol.envelope import Message
from xasup.protocol.ids import GroupId, MessageId, UserId
from xasup.protocol.receipts import Receipt
from xasup.protocol.streams import Header
from xasup.wire.log.port import Log, Position, Record

DAY = 1_795_600_000_000  # milliseconds since the epoch; moments here are seconds from it
_WAYS = Ways("n1")


def message(
    id: str, n: int, at: int, *, said: int | None = None, sender: str = "alice", to: str = "bob", src: str = "laptop"
) -> Record:
    """Taken by the bridge *at*, written when its sender *said*."""
    topic = (
        topics.group_message(GroupId(to[2:]), UserId(sender))
        if to.startswith("g:")
        else topics.message(UserId(to), UserId(sender))
    )
    ts = at if said is None else said
    extra = {"src": src} if src else {}
    payload = envelope.encode(Message(MessageId(id), DAY + ts * 1000, f"text of {id}", n, extra=extra))
    return mirrored(topic, payload, id, at)


def plain(id: str, at: int, sender: str = "alice", to: str = "bob") -> Record:
    """From a simple device; the bridge gave the *id*."""
    return mirrored(topics.message(UserId(to), UserId(sender)), b"21.5 C", id, at)


def receipt(
    at: int, *, read: Sequence[str] = (), delivered: Sequence[str] = (), by: str = "bob", to: str = "alice"
) -> Record:
    payload = receipts.encode(Receipt(delivered=tuple(map(MessageId, delivered)), read=tuple(map(MessageId, read))))
    return mirrored(topics.receipt(UserId(to), UserId(by)), payload, f"given {at}", at)


def mirrored(topic: str, payload: bytes, id: str, at: int) -> Record:
    way = _WAYS.find(topic.encode())
    headers = [*way.headers, (str(Header.ID), id.encode()), (str(Header.TIME), rfc3339(DAY + at * 1000))]
    return Record(way.stream, way.key, payload, headers)


def decision(what: str, me: str, other: str = "", *, at: int) -> Record:
    subject = (me, other) if other else (me,)
    return decisions.record(f"{at}-0", Change(f"contacts.{what}", me, DAY + at * 1000, subject), "n1", DAY + at * 1000)


def friends(at: int = 0, one: str = "alice", other: str = "bob") -> list[Record]:
    """*one* asked, *other* accepted."""
    return [decision("ask", one, other, at=at), decision("accept", other, one, at=at + 1)]


def good() -> list[Record]:
    """A day on which all is as it should be."""
    return [
        *friends(),
        decision("allow", "alice", "sensor", at=2),
        message("a1", 1, 10),
        message("a2", 2, 11),
        message("p1", 1, 11, src="phone"),
        message("b1", 1, 12, sender="bob", to="alice", src=""),
        message("a1", 1, 13, sender="bob", to="g:hikers"),  # ids are each sender's own
        plain("given 1", 14, sender="sensor", to="alice"),
        receipt(20, delivered=["a1", "a2"]),
        receipt(21, read=["a1", "a2"], delivered=["p1"]),
        receipt(22, read=["b1"], by="alice", to="bob"),
        decision("revoke", "alice", "bob", at=1000),
        message("a3", 3, 2000, said=900),  # it had waited for the bridge
    ]


async def put(log: Log, records: Sequence[Record]) -> list[Position]:
    outcomes = await log.append(records)
    assert all(isinstance(outcome, Position) for outcome in outcomes)
    return outcomes  # type: ignore[return-value]


async def audited(
    log: Log, *, claims: Sequence[Claim] = (), dropped: int | None = 0, since: int | None = None, most: int = 100
) -> Report:
    with Ledger() as ledger:
        audit = Audit(log, ledger, since, most, lambda read: None)
        audit.claim(claims)
        await audit.read()
        return await audit.report(dropped)


def found(report: Report) -> dict[str, list[str]]:
    """Who, by check."""
    return {str(check): [it.who for it in findings] for check, findings in report.findings.shown.items()}
