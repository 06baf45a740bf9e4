"""Rows of the file as the values that the engine shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from xasup.client.values import Contact, Conversation, Group, Message, Traits
from xasup.protocol import envelope
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.errors import Malformed
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, MessageId, UserId
from xasup.wire.store import ContactRow, GroupRow, Line, Thread, TraitsRow

_USUAL = Traits()


def message_of(line: Line, me: UserId, content: envelope.Message | envelope.PlainText | None = None) -> Message:
    """*content*: of the payload, where it has been read already. A JSON object that is no message is shown as it came,
    with the remark as its reason."""
    reason, remark = line.reason, ""
    try:
        content = content or envelope.decode(line.payload)
    except Malformed as error:
        content, remark = envelope.PlainText(line.payload.decode(errors="backslashreplace")), str(error)
    written = content if isinstance(content, envelope.Message) else None
    return Message(
        conversation=line.conversation,
        sender=UserId(line.sender),
        id=MessageId(line.id),
        text=content.text,
        ts=written.ts if written else line.at,
        state=line.state,
        seq=line.seq,
        mine=line.sender == me,
        n=written.n if written else 0,
        src=written.src if written else "",
        re=written.re if written else None,
        reason=reason or remark,
        plain=written is None,
        extra=written.extra if written else {},
    )


def conversations_of(threads: Iterable[Thread], traits: Iterable[TraitsRow], me: UserId) -> list[Conversation]:
    """Those with lines in their order, then those with traits alone."""
    decided = {row.conversation: traits_of(row) for row in traits}
    found = [
        Conversation(
            it.conversation, message_of(it.last, me), it.unread, it.first, decided.pop(it.conversation, _USUAL)
        )
        for it in threads
    ]
    return found + [Conversation(key, traits=each) for key, each in decided.items()]


def traits_of(row: TraitsRow) -> Traits:
    return Traits(row.pinned, row.muted, row.archived, row.marked, row.draft, row.stop)


def contact_of(row: ContactRow, online: bool | None) -> Contact:
    return Contact(UserId(row.user), Edge(row.mine), Told(row.theirs), row.ts, row.greeting, online)


def group_of_row(row: GroupRow) -> Group:
    return Group(GroupId(row.group), row.name, Role(row.role), row.by, row.ts)
