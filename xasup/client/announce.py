"""What was heard, as events for the engine's user, and to the parts that wait for it."""

from __future__ import annotations

from collections.abc import Iterable

from xasup.client.events import (
    BrokerRefused,
    ContactChanged,
    DeviceChanged,
    GroupChanged,
    MemberChanged,
    Notice,
    RequestAnswered,
    Typing,
)
from xasup.client.notes import Answer, DeviceNews, MemberNews, RefusalNews, Said
from xasup.client.parts import Parts
from xasup.client.sorting import Arrived, Post
from xasup.client.values import group_key
from xasup.client.views import contact_of, group_of_row
from xasup.protocol import topics
from xasup.protocol.contacts import Told
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import DeviceId, GroupId, UserId
from xasup.protocol.topics import Address, Kind, Space
from xasup.wire.store import ContactRow, GroupRow

# Refused on purpose where an edge goes one way only, or told otherwise: no news for a person.
_SILENT = (Kind.RECEIPT, Kind.MESSAGE, Kind.REQUEST)


class Announcer:
    """Tells after the effect is in the file."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def rows(self, rows: Iterable[ContactRow | GroupRow]) -> None:
        """Contacts and groups that have changed."""
        for row in rows:
            if isinstance(row, GroupRow):
                self._parts.feed.tell(GroupChanged(group_of_row(row)))
                continue
            if row.theirs != Told.ACCEPTED:
                self._parts.presence.forget(row.user)
            self._parts.feed.tell(ContactChanged(contact_of(row, self._parts.presence.of(row.user))))

    def said(self, said: Iterable[Said]) -> None:
        """What else services said."""
        for it in said:
            match it:
                case Answer():
                    self._answer(it)
                case MemberNews(group=group, user=user, role=role, by=by):
                    self._parts.feed.tell(MemberChanged(GroupId(group), UserId(user), role, by))
                case DeviceNews():
                    self._parts.feed.tell(_changed(it))
                case RefusalNews(topic=topic, reason=reason):
                    self._refused(topic, reason)
                case _:
                    pass

    def post(self, post: Post) -> None:
        """What nobody keeps."""
        for conversation, user in post.typing:
            self._parts.feed.tell(Typing(conversation, user))
        for remark in post.unreadable:
            self._parts.feed.tell(Notice(f"not understood: {remark}"))

    def conflict(self, item: Arrived) -> None:
        """The first content of an id is kept."""
        self._parts.feed.tell(
            Notice(f"{item.sender} used the id {item.id} for two different messages; the first one was kept")
        )

    def _answer(self, answer: Answer) -> None:
        if not self._parts.counter.answered(answer):
            code, reason = (answer.error.code, str(answer.error)) if answer.error else (None, "")
            self._parts.feed.tell(RequestAnswered(answer.id, answer.op, code, reason))

    def _refused(self, topic: str, reason: str) -> None:
        address = _address(topic)
        if address is not None and address.space is not Space.SERVICE:
            group = address.space is Space.GROUP
            self._parts.courier.heard(group_key(GroupId(address.owner)) if group else address.owner, reason)
        if address is None or address.kind not in _SILENT:
            self._parts.feed.tell(BrokerRefused(topic, reason))


def _address(topic: str) -> Address | None:
    try:
        return topics.parse(topic)
    except Malformed:
        return None


def _changed(news: DeviceNews) -> DeviceChanged:
    return DeviceChanged(
        DeviceId(news.device), news.linked, news.by, code=news.code, label=news.label, renamed=news.renamed
    )
