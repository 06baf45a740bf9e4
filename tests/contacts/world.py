"""A small world without a network: the operations on the memory truth, a directory that follows the changes as the
projector does, and everybody's mail as the notifier would publish it."""

from __future__ import annotations

from collections.abc import Awaitable
from itertools import count
from typing import Any

import pytest

from contacts.operations import devices, users
from contacts.operations.operation import ADMIN, Operation
from contacts.operations.perform import Done, perform
from contacts.service import desk
from xasup.protocol import access, changes, codec, requests, topics
from xasup.protocol.access import Attempt, Reason
from xasup.protocol.changes import Change
from xasup.protocol.contacts import Policy
from xasup.protocol.directory import MemoryDirectory
from xasup.protocol.errors import Code, Refused
from xasup.protocol.ids import ClientId, DeviceId, GroupId, UserId, user_id
from xasup.wire.truth.memory import MemoryTruth
from xasup.wire.truth.port import START

NOW = 1_792_000_000_000  # milliseconds


class World:
    """`await world.people("alice", "bob")`, then `await world.ask("alice", "contacts", op="ask", user="bob")`."""

    def __init__(self, truth: MemoryTruth | None = None) -> None:
        self.truth = truth or MemoryTruth()
        self.directory = MemoryDirectory()
        self.mail: dict[str, list[dict[str, Any]]] = {}
        self.changes: list[Change] = []
        self.now = NOW
        self._followed = START
        self._ids = count(1)

    async def people(self, *names: str, policy: Policy = Policy.ASK) -> None:
        """Users, each with a device `phone`."""
        for name in names:
            await users.create(self.truth, user_id(name), now=self.now, policy=policy)
            await self.do(devices.link(self.client(name), devices.hash_of(name), by=ADMIN, now=self.now))
        await self.settle()
        self.mail.clear()

    async def friends(self, *pairs: tuple[str, str]) -> None:
        for one, two in pairs:
            await self.ask(one, "contacts", op="ask", user=two)
            await self.ask(two, "contacts", op="accept", user=one)
        self.mail.clear()

    async def ask(self, actor: str, service: str, **fields: Any) -> dict[str, Any]:
        """The answer to a request, over the same road as one from the broker. Raises what is refused."""
        payload = codec.encode({"id": f"r{next(self._ids)}"} | fields)
        request = requests.parse(service, payload)
        operation = desk.operation(request, UserId(actor), self.now)
        if operation is None:
            return await desk.listing(self.truth, request, UserId(actor))
        done = await perform(self.truth, operation, desk.asked(service, UserId(actor), request))
        await self.settle()
        return done.answer

    async def do(self, operation: Operation) -> Done:
        """Something that nobody asked for over MQTT."""
        done = await perform(self.truth, operation)
        await self.settle()
        return done

    async def settle(self) -> None:
        """The projector and the notifier catch up."""
        for entry in await self.truth.changes(self._followed, 10_000, 0):
            change = changes.decode(entry.change)
            self.changes.append(change)
            self.directory.apply(change.edits)
            for notice in change.notices:
                self.mail.setdefault(_box(notice.topic), []).append(notice.payload)
            self._followed = entry.position

    def news(self, box: str, event: str) -> list[dict[str, Any]]:
        """What arrived in the mailbox of a user, or of a group as `g:hikers`, and forget it."""
        found = [payload for payload in self.mail.get(box, []) if payload.get("event") == event]
        self.mail[box] = [payload for payload in self.mail.get(box, []) if payload not in found]
        return found

    def reaches(self, sender: str, to: str) -> bool:
        """What the broker would say to a message; *to* a user, or a group as `g:hikers`."""
        client = self.client(sender)
        is_group = to.startswith("g:")
        topic = (
            topics.group_message(GroupId(to[2:]), client.user) if is_group else topics.message(UserId(to), client.user)
        )
        attempt = Attempt(client, access.Operation.WRITE, topic)
        return access.may(attempt, self.directory, self.now // 1000) is Reason.OK

    @staticmethod
    def client(user: str, device: str = "phone") -> ClientId:
        return ClientId(UserId(user), DeviceId(device))


async def refused(attempt: Awaitable[Any]) -> Code:
    """The code with which *attempt* is refused."""
    with pytest.raises(Refused) as caught:
        await attempt
    return caught.value.code


def _box(topic: str) -> str:
    address = topics.parse(topic)
    return f"g:{address.owner}" if address.space is topics.Space.GROUP else address.owner
