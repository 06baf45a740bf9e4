"""What a person can do with messages: send, change, mark as shown, offer again, discard, tell that one is typing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from xasup.client import preferences
from xasup.client.events import ConversationChanged, MessageAdded, MessageRemoved, MessageReplaced, StateChanged
from xasup.client.parts import Parts
from xasup.client.sorting import is_local
from xasup.client.uplink import Uplink
from xasup.client.values import group_key, group_of
from xasup.client.views import message_of
from xasup.protocol import envelope, topics
from xasup.protocol.errors import Code, Malformed, Refused, Unavailable
from xasup.protocol.ids import MessageId, UserId, group_id, message_id, person_id
from xasup.protocol.states import State
from xasup.wire.store import DeviceStore, Draft, Line, Task

TYPING_EVERY = 3.0  # seconds, per conversation
_NOT_EDITABLE = "not a message of mine that surely nobody has got; only such a one can be changed"
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

        def composed(lines: list[Line]) -> None:
            for line in lines:
                parts.feed.tell(MessageAdded(message_of(line, parts.me)))
            parts.courier.composed(lines)

        lines = await parts.journal.do(lambda store: parts.habits.compose(store, parts.me, drafts), composed)
        return [MessageId(line.id) for line in lines]

    async def shown(self, conversation: str, ids: Iterable[str]) -> None:
        """These messages were on the screen: they count as read, and their senders are told, unless I prefer that they
        are not."""
        wanted = list(ids)

        def told(shown: tuple[list[Line], bool]) -> None:
            lines, unmarked = shown
            self._parts.moved(lines)
            self._parts.teller.owe(line for line in lines if line.task is Task.OWED)
            if unmarked:
                self._parts.feed.tell(ConversationChanged(conversation))

        await self._parts.journal.do(lambda store: _shown(store, conversation, wanted), told)

    async def edit(self, id: str, text: str) -> MessageId:
        """Another text for a message of mine that surely nobody has got: it keeps its place and its number, gets a new
        id (returned), and is offered (again). Told as MessageReplaced. Raises Malformed where it is none, or may be
        with somebody already: then it stays as it is."""
        parts, new = self._parts, self._parts.new_id()
        line = await parts.journal.do(lambda store: store.outbox.mine(parts.me, id))
        if line is None or (line.state is State.SENDING and not parts.courier.withdraw(line)):
            raise Malformed(f"{id}: {_NOT_EDITABLE}")

        def rewritten(changed: Line | None) -> None:
            if changed is not None:
                parts.feed.tell(MessageReplaced(MessageId(id), message_of(changed, parts.me)))
                parts.courier.rewritten(changed)

        try:
            changed = await parts.journal.do(lambda store: store.outbox.rewrite(parts.me, id, new, text), rewritten)
        except BaseException:
            await _restore(parts, line)
            raise
        if changed is None:
            await _restore(parts, line)
            raise Malformed(f"{id}: {_NOT_EDITABLE}")
        return new

    async def retry(self, id: str) -> None:
        """Offer a refused message once more, as it was. Raises Malformed where it is none."""

        def job(store: DeviceStore) -> tuple[bool, Line | None]:
            return store.outbox.unseen(self._parts.me, id), store.outbox.offer_again(self._parts.me, id)

        def offered(found: tuple[bool, Line | None]) -> None:
            unseen, line = found
            if line is not None:
                self._parts.feed.tell(StateChanged(line.conversation, MessageId(line.id), line.state))
                self._parts.courier.offer_again(line, unseen)

        _, line = await self._parts.journal.do(job, offered)
        if line is None:
            raise Malformed(f"{id}: not a refused message of mine")

    async def discard(self, id: str) -> None:
        """Forget a message of mine that was refused or not sent yet. Raises Malformed where it is none."""

        def gone(line: Line | None) -> None:
            if line is not None:
                self._parts.courier.settled(line)
                self._parts.feed.tell(MessageRemoved(line.conversation, MessageId(line.id)))

        if await self._parts.journal.do(lambda store: store.outbox.discard(self._parts.me, id), gone) is None:
            raise Malformed(f"{id}: not a refused or unsent message of mine")

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

    def _draft(self, to: str, text: str, re: str | None) -> Draft:
        parts = self._parts
        draft = Draft(self._conversation(to), parts.new_id(), parts.world.now_ms(), text, re, parts.client.tag)
        reply = message_id(re) if re is not None else None
        largest = envelope.Message(MessageId(draft.id), draft.ts, text, _MOST_DIGITS, reply, draft.src, _MOST_DIGITS)
        envelope.encode(largest)  # may be Malformed
        return draft

    def _conversation(self, to: str) -> str:
        group = group_of(to)
        if group is not None:
            return group_key(group_id(group))
        if to == self._parts.me:
            raise Refused("that is you", Code.NOT_YOURSELF)
        return person_id(to)


def _shown(store: DeviceStore, conversation: str, ids: list[str]) -> tuple[list[Line], bool]:
    """What was unread, and whether the conversation was marked."""
    quiet = not preferences.read(store.choices.preferences()).read_receipts
    person = group_of(conversation) is None
    told = [id for id in ids if person and not is_local(id)]
    rest = [id for id in ids if not person or is_local(id)]
    lines = store.inbox.shown(conversation, told, Task.QUIET if quiet else Task.OWED) if told else []
    lines += store.inbox.shown(conversation, rest, Task.NONE) if rest else []
    return lines, store.choices.put(store.choices.of(conversation)._replace(marked=False))


async def _restore(parts: Parts, line: Line) -> None:
    """An edit of *line* came to nothing; it may have been refused meanwhile."""
    now: Line | None = line
    with suppress(Unavailable):
        now = await parts.journal.do(lambda store: store.outbox.mine(parts.me, line.id))
    if now is not None:
        parts.courier.restore(now)
