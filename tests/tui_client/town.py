"""A town of stand-in engines without a network: a test double that sits the same checks as the real engine
(test_engine_port.py). Consent follows the real rules; messages arrive at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace

from tests.tui_client.shelf import NOON, Shelf
from xasup.client.events import (
    ConnectionChanged,
    ContactChanged,
    Event,
    GroupChanged,
    MessageAdded,
    MessageRemoved,
    MessageReplaced,
    StateChanged,
    Typing,
)
from xasup.client.values import Connection, Contact, Group, Link, Member, Message, group_key, group_of
from xasup.protocol.contacts import Op, Pair, Policies, Side, decide
from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, MessageId, UserId, user_id
from xasup.protocol.states import State


class Town:
    """What the backend would know."""

    def __init__(self) -> None:
        self.people: dict[str, StandIn] = {}
        self.groups: dict[str, dict[str, Role]] = {}
        self.count = 0

    def person(self, name: str) -> StandIn:
        """A new inhabitant, online."""
        self.people[name] = StandIn(self, UserId(name))
        return self.people[name]

    @classmethod
    def around(cls, name: str, *contacts: str) -> Town:
        """A town of somebody and contacts of theirs."""
        town = cls()
        town.person(name)
        for each in contacts:
            town.person(each)
            town.befriend(name, each)
        return town

    def befriend(self, one: str, other: str) -> None:
        """Both accept each other."""
        for op, me, them in ((Op.ASK, one, other), (Op.ACCEPT, other, one)):
            self.decide(op, me, them)

    def decide(self, op: Op, me: str, other: str, greeting: str = "") -> None:
        mine, theirs = self.people[me], self.people[other]
        before = Pair(mine.side(other), theirs.side(me))
        after = decide(op, before, Policies(), other)
        mine.now_stands(other, after.me)
        theirs.now_stands(me, after.other, greeting)

    def tick(self) -> int:
        self.count += 1
        return self.count


class StandIn(Shelf):
    """One person's engine. `shown_calls` and `typed` keep what the screen told it."""

    def __init__(self, town: Town, user: UserId) -> None:
        super().__init__(user)
        self.town, self._user = town, user
        self._connection = Connection(Link.ONLINE)
        self._contacts: dict[str, Contact] = {}
        self._groups: dict[str, Group] = {}
        self._news: asyncio.Queue[Event] = asyncio.Queue()
        self.shown_calls: list[tuple[str, list[str]]] = []
        self._shown = asyncio.Event()
        self.typed: list[str] = []
        self.broken: Exception | None = None

    # ---- the port

    @property
    def user(self) -> UserId:
        return self._user

    @property
    def connection(self) -> Connection:
        return self._connection

    async def events(self) -> AsyncIterator[Event]:
        while True:
            event = await self._news.get()
            if self.broken:
                raise self.broken
            yield event

    async def contacts(self) -> list[Contact]:
        return list(self._contacts.values())

    async def groups(self) -> list[Group]:
        return list(self._groups.values())

    async def send(self, to: str, text: str, re: str | None = None) -> MessageId:
        if not text:
            raise Malformed("text: expected at least one character")
        seq = self.town.tick()
        reply = MessageId(re) if re is not None else None
        line = Message(to, self._user, MessageId(f"m{seq}"), text, NOON + seq, State.SENDING, seq, mine=True, re=reply)
        self.add(line)
        self._go_out(line)
        return line.id

    async def edit(self, id: str, text: str) -> MessageId:
        line = self._refused(id)
        new = replace(line, id=MessageId(f"{id}e"), text=text, state=State.SENDING, reason="")
        self._lines[self._lines.index(line)] = new
        self.tell(MessageReplaced(line.id, new))
        self._go_out(new)
        return new.id

    async def shown(self, conversation: str, ids: Iterable[str]) -> None:
        self.shown_calls.append((conversation, list(ids)))
        self._shown.set()
        unread = {line.id for line in self._of(conversation) if line.state is not State.READ}
        for id in self.shown_calls[-1][1]:
            self.turn(id, State.READ, conversation)
            if id in unread and self._preferences.read_receipts:
                self._tell_author(conversation, id)
        self._decide_on(conversation, marked=False)

    async def retry(self, id: str) -> None:
        line = self._refused(id)
        self.turn(id, State.SENDING, line.conversation)
        self._go_out(line)

    async def discard(self, id: str) -> None:
        line = self._refused(id)
        self._lines.remove(line)
        self.tell(MessageRemoved(line.conversation, line.id))

    async def typing(self, to: str) -> None:
        self.typed.append(to)
        if to in self.town.people:
            self.town.people[to].tell(Typing(self._user, self._user))

    async def ask(self, user: str, greeting: str = "") -> None:
        self._decide(Op.ASK, user, greeting)

    async def accept(self, user: str) -> None:
        self._decide(Op.ACCEPT, user)

    async def deny(self, user: str) -> None:
        self._decide(Op.DENY, user)

    async def revoke(self, user: str) -> None:
        self._decide(Op.REVOKE, user)

    async def block(self, user: str) -> None:
        self._decide(Op.BLOCK, user)

    async def unblock(self, user: str) -> None:
        self._decide(Op.UNBLOCK, user)

    async def rename_group(self, group: str, name: str) -> None:
        for user, role in self.town.groups[group].items():
            self._part(group, user, role, name)

    async def remove(self, group: str, user: str) -> None:
        self._part(group, user, Role.NONE, group)

    async def hand_over(self, group: str, user: str) -> None:
        self._part(group, self._user, Role.MEMBER, group)
        self._part(group, user, Role.OWNER, group)

    async def create_group(self, group: str, name: str | None = None, members: Sequence[str] = ()) -> None:
        self.town.groups[group] = {}
        self._part(group, self._user, Role.OWNER, name or group)
        for member in members:
            self._part(group, member, Role.INVITED, name or group)

    async def invite(self, group: str, user: str) -> None:
        self._part(group, user, Role.INVITED, group)

    async def join(self, group: str) -> None:
        self._part(group, self._user, Role.MEMBER, group)

    async def leave(self, group: str) -> None:
        self._part(group, self._user, Role.NONE, group)

    async def members(self, group: str) -> list[Member]:
        return [Member(UserId(user), role) for user, role in self.town.groups[group].items()]

    # ---- for tests

    def tell(self, event: Event) -> None:
        """Let an event happen."""
        self._news.put_nowait(event)

    def forget_news(self) -> None:
        """Nobody is told what has happened so far: a screen finds it in the lists."""
        self._news = asyncio.Queue()

    async def was_shown(self, count: int) -> list[str]:
        """Wait until *count* messages were reported as shown; their ids."""
        async with asyncio.timeout(10):
            while len(ids := [id for _, ids in self.shown_calls for id in ids]) < count:
                self._shown.clear()
                await self._shown.wait()
        return ids

    def link(self, link: Link, reason: str = "", retry_in: float | None = None) -> None:
        """Change the connection."""
        self._connection = Connection(link, reason, retry_in)
        self.tell(ConnectionChanged(self._connection))

    def add(self, line: Message) -> None:
        self._lines.append(line)
        self.tell(MessageAdded(line))
        if not line.mine:
            self._unarchive(line.conversation)

    def turn(self, id: str, state: State, conversation: str, reason: str = "") -> None:
        for number, line in enumerate(self._lines):
            if line.id == id and line.conversation == conversation:
                self._lines[number] = replace(line, state=state, reason=reason)
                self.tell(StateChanged(conversation, line.id, state, reason))

    def side(self, other: str) -> Side:
        contact = self._contacts.get(other)
        return Side(contact.mine, contact.theirs) if contact else Side()

    def now_stands(self, other: str, side: Side, greeting: str = "") -> None:
        online = True if side.theirs == "accepted" else None
        self._contacts[other] = Contact(UserId(other), side.mine, side.theirs, NOON, greeting, online)
        self.tell(ContactChanged(self._contacts[other]))

    # ---- inside

    def _go_out(self, line: Message) -> None:
        group = group_of(line.conversation)
        self.turn(line.id, State.SENT, line.conversation)
        if group is not None:
            others = [user for user in self.town.groups[group] if user != self._user]
        elif self.town.people[line.conversation].side(self._user).mine == "accepted":
            others = [line.conversation]
        else:
            return self.turn(line.id, State.REFUSED, line.conversation, "not-accepted")
        for other in others:
            key = self._user if group is None else line.conversation
            self.town.people[other].add(
                replace(line, conversation=key, mine=False, state=State.DELIVERED, seq=self.town.tick())
            )
        return self.turn(line.id, State.STORED if group is not None else State.DELIVERED, line.conversation)

    def _tell_author(self, conversation: str, id: str) -> None:
        if conversation in self.town.people:
            self.town.people[conversation].turn(id, State.READ, self._user)

    def _refused(self, id: str) -> Message:
        line = next((line for line in self._lines if line.id == id and line.state is State.REFUSED), None)
        if line is None:
            raise Malformed(f"{id} is not a refused message of this device")
        return line

    def _decide(self, op: Op, user: str, greeting: str = "") -> None:
        if self._connection.link is not Link.ONLINE:
            raise Unavailable("the broker is not there; try again when it is")
        self.town.decide(op, self._user, user_id(user), greeting)

    def _part(self, group: str, user: str, role: Role, name: str) -> None:
        self.town.groups[group][user] = role
        mine = Group(GroupId(group), name, role, self._user, NOON)
        person = self.town.people[user]
        person._groups[group] = mine
        person.tell(GroupChanged(mine))


__all__ = ["NOON", "StandIn", "Town", "group_key"]
