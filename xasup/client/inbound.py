"""Takes in what the broker delivers, and what history tells: into the file, then acknowledgement, receipts, events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from xasup.client import notes
from xasup.client.announce import Announcer
from xasup.client.notes import Answer, MemberNews, Said
from xasup.client.parts import Parts
from xasup.client.receive import Taken, take
from xasup.client.sorting import Post, Recalled, Sorter
from xasup.client.subscriptions import Subscriptions
from xasup.protocol.errors import Malformed, Unavailable
from xasup.wire.mqtt import Incoming, Wire
from xasup.wire.store import ContactRow, DeviceStore, GroupRow

RETRY = 1.0  # seconds


@dataclass(slots=True)
class Written:
    """What a batch did to the file. *rows*: of the roster, as they are now."""

    taken: Taken
    rows: list[ContactRow | GroupRow] = field(default_factory=list)


class Inbound:
    """Of one connection."""

    def __init__(self, parts: Parts, wire: Wire, subscriptions: Subscriptions) -> None:
        self._parts, self._wire, self._subscriptions = parts, wire, subscriptions
        self._sorter = Sorter(parts.me, parts.new_id)
        self._announcer = Announcer(parts)

    async def run(self) -> None:
        """Until the connection is lost: raises Unavailable."""
        async for batch in self._wire.batches():
            await self._take(batch)

    async def recall(self, batch: list[Recalled], position: str) -> None:
        """What history tells; this device is complete up to *position* when it returns."""
        post = self._sorter.sort(batch)
        await self._write(post, [], lambda written: self._spread(post, written, ()), position)

    async def _take(self, batch: list[Incoming]) -> None:
        post = self._sorter.sort(batch)
        said = self._read_notes(post)
        if self._parts.habits.early_receipts:
            self._parts.teller.owe_early(post.arrived)

        def taken(written: Written) -> None:
            self._wire.ack(batch)
            self._spread(post, written, said)

        written = Written(Taken())
        if post.fleeting:
            taken(written)
        else:
            written = await self._write(post, said, taken)
        if written.rows:
            await self._subscriptions.follow(written.rows)

    def _spread(self, post: Post, written: Written, said: Sequence[Said]) -> None:
        """To all who are to know."""
        parts = self._parts
        self._answer_senders(post, written.taken)
        parts.holds.held(written.taken)
        parts.show(written.taken, {item.payload: item.message for item in post.arrived if item.message is not None})
        parts.moved(written.taken.moved)
        self._announcer.rows(written.rows)
        self._announcer.said(said)
        self._announcer.post(post)
        for user, online in post.presence:
            parts.presence.heard(self._wire, user, online)
            if online:
                parts.courier.came(user)

    def _read_notes(self, post: Post) -> list[Said]:
        said = []
        for note in post.notes:
            try:
                it = notes.read(note)
            except Malformed as error:
                post.unreadable.append(str(error))
                continue
            if it is not None:
                said.append(it)
        return said

    async def _write(
        self, post: Post, said: list[Said], then: Callable[[Written], None], position: str = ""
    ) -> Written:
        """Again and again while the disk does not do its part: what is not written is not acknowledged. *then*: what is
        to be done once it is, even where the connection has ended meanwhile: nobody tells of it a second time."""
        while True:
            try:
                written = await self._parts.journal.do(lambda store: self._job(store, post, said, position), then)
            except Unavailable as error:
                self._parts.trouble(error)
                await asyncio.sleep(RETRY)
            else:
                self._parts.trouble(None)
                return written

    def _job(self, store: DeviceStore, post: Post, said: list[Said], position: str) -> Written:
        parts, habits = self._parts, self._parts.habits
        written = Written(take(store, parts.client, post, habits.judge, parts.world.now_ms(), habits.order))
        if position:
            store.past.reached(position)
        rows = [_apply(store, it) for it in said]
        written.rows = [row for row in rows if row is not None]
        return written

    def _answer_senders(self, post: Post, taken: Taken) -> None:
        teller, me = self._parts.teller, self._parts.me
        for item in post.arrived:
            if item.refuse is not None and item.conversation == item.sender != me:
                teller.refuse(item.sender, *item.refuse)
        for item in taken.conflicts:
            self._announcer.conflict(item)
            if item.message is not None and item.conversation == item.sender != me:
                teller.refuse(item.sender, item.id, "this id was used before, for another message")
        teller.owe([*taken.arrived, *taken.repeated])


def _apply(store: DeviceStore, said: Said) -> ContactRow | GroupRow | None:
    """The row of the roster that is different now."""
    match said:
        case ContactRow():
            return said if store.roster.put_contact(said) else None
        case GroupRow():
            return said if store.roster.put_group(said) else None
        case MemberNews(group=group, name=str(name), ts=ts):
            return store.roster.rename_group(group, name, ts)
        case Answer(id=id):
            store.requests.drop(id)
    return None
