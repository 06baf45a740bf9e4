"""What a person can do with messages: send, read, mark as shown, offer again, discard, tell that one is typing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xasup.client.events import MessageAdded, MessageRemoved, StateChanged
from xasup.client.parts import Parts
from xasup.client.sorting import is_local
from xasup.client.uplink import Uplink
from xasup.client.values import Conversation, Message, group_key, group_of
from xasup.client.views import message_of
from xasup.protocol import envelope, topics
from xasup.protocol.errors import Code, Malformed, Refused, Unavailable
from xasup.protocol.ids import MessageId, UserId, group_id, message_id, person_id
from xasup.wire.store import DeviceStore, Draft, Line, Task

TYPING_EVERY = 3.0  # seconds, per conversation
_MOST_DIGITS = (1 << 53) - 1


class Talk:
    """See Client."""

    _parts: Parts
    _uplink: Uplink
    _typed: dict[str, float]

    async def send(self, to: str, text: str, re: str | None = None) -> MessageId:
        """Accept a message for `bob` or `g:hikers`; returns when it is in the file.

        From then on it is never lost; how far it came arrives as StateChanged. *re*: the message it replies to. Raises
        Malformed (text empty or over 64 KiB, *to* is neither), Refused (to myself), Unavailable (disk full, say:
        nothing was accepted).
        """
        return (await self.send_many(to, [text], re))[0]

    async def send_many(self, to: str, texts: Sequence[str], re: str | None = None) -> list[MessageId]:
        """The same for many texts, in order, all or none."""
        drafts = [self._draft(to, text, re) for text in texts]
        parts = self._parts
        lines = await parts.journal.do(lambda store: parts.habits.compose(store, parts.me, drafts))
        for line in lines:
            parts.feed.tell(MessageAdded(message_of(line, parts.me)))
        parts.courier.composed(lines)
        return [MessageId(line.id) for line in lines]

    async def shown(self, conversation: str, ids: Iterable[str]) -> None:
        """These messages were on the screen: they count as read, and their senders are told."""
        wanted = list(ids)
        person = group_of(conversation) is None

        def job(store: DeviceStore) -> list[Line]:
            owed = [id for id in wanted if person and not is_local(id)]
            rest = [id for id in wanted if not person or is_local(id)]
            lines = store.inbox.shown(conversation, owed, Task.OWED) if owed else []
            return lines + (store.inbox.shown(conversation, rest, Task.NONE) if rest else [])

        lines = await self._parts.journal.do(job)
        self._parts.moved(lines)
        self._parts.teller.owe(lines)

    async def retry(self, id: str) -> None:
        """Offer a refused message once more, as it was. Raises Malformed where it is none."""
        line = await self._parts.journal.do(lambda store: store.outbox.offer_again(self._parts.me, id))
        if line is None:
            raise Malformed(f"{id}: not a refused message of mine")
        self._parts.feed.tell(StateChanged(line.conversation, MessageId(line.id), line.state))
        self._parts.courier.offer_again(line)

    async def discard(self, id: str) -> None:
        """Forget a message of mine that was refused or not sent yet. Raises Malformed where it is none."""
        line = await self._parts.journal.do(lambda store: store.outbox.discard(self._parts.me, id))
        if line is None:
            raise Malformed(f"{id}: not a refused or unsent message of mine")
        self._parts.courier.settled(line)
        self._parts.feed.tell(MessageRemoved(line.conversation, MessageId(line.id)))

    async def typing(self, to: str) -> None:
        """Tell that I am writing; goes out every few seconds at most, without guarantee, and only when online."""
        conversation, now = self._conversation(to), self._parts.world.monotonic()
        wire = self._uplink.wire
        if wire is None or now - self._typed.get(conversation, -TYPING_EVERY) < TYPING_EVERY:
            return
        self._typed = {conversation: now}
        group = group_of(conversation)
        me = self._parts.me
        topic = topics.group_typing(group, me) if group else topics.typing(UserId(conversation), me)
        try:
            await wire.publish(topic, b"{}", qos=0)
        except Unavailable:
            return  # it was about this moment, and the moment has passed

    async def conversations(self) -> list[Conversation]:
        """Those with messages, the newest first."""
        threads = await self._parts.journal.do(lambda store: store.history.threads())
        return [Conversation(it.conversation, message_of(it.last, self._parts.me), it.unread) for it in threads]

    async def messages(self, conversation: str, before: int | None = None, limit: int = 50) -> list[Message]:
        """The newest *limit* lines (older than the line whose `seq` is *before*), oldest first."""
        lines = await self._parts.journal.do(lambda store: store.history.page(conversation, before, limit))
        return [message_of(line, self._parts.me) for line in lines]

    def _draft(self, to: str, text: str, re: str | None) -> Draft:
        parts = self._parts
        draft = Draft(self._conversation(to), parts.new_id(), parts.world.now_ms(), text, re, parts.client.tag)
        reply = message_id(re) if re is not None else None
        largest = envelope.Message(MessageId(draft.id), draft.ts, text, _MOST_DIGITS, reply, draft.src)
        envelope.encode(largest)  # may be Malformed
        return draft

    def _conversation(self, to: str) -> str:
        group = group_of(to)
        if group is not None:
            return group_key(group_id(group))
        if to == self._parts.me:
            raise Refused("that is you", Code.NOT_YOURSELF)
        return person_id(to)
