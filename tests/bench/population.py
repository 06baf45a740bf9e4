"""Who lives in the directory of a bench: users with a device each and ten contacts each, and one group.

Made by arithmetic, in the order of the keys, so that millions are written in seconds. Refuses to know: how they are
stored, who of them connects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.generator import Connection
from xasup.protocol import topics
from xasup.protocol.directory import (
    DeviceRecord,
    Role,
    UserRecord,
    contact_key,
    device_key,
    member_key,
    user_key,
)
from xasup.protocol.ids import ClientId, DeviceId, GroupId, UserId

TOKEN = "bench"
GROUP = GroupId("everybody")
DEVICE = DeviceId("d")
CONTACTS = 10
RECORD = DeviceRecord(hashlib.sha256(TOKEN.encode()).digest())


@dataclass(frozen=True)
class Population:
    """*users* in a ring; user i has accepted i ± stride, i ± 2 stride, … (ten of them); *members* are in the group."""

    users: int
    members: int = 0

    @classmethod
    def of_edges(cls, edges: int, at_least: int, members: int = 0) -> Population:
        """As many users as *edges* contacts need."""
        return cls(max(edges // CONTACTS, at_least, 2 * CONTACTS + 1), members)

    @property
    def edges(self) -> int:
        return self.users * CONTACTS

    @property
    def stride(self) -> int:
        """Contacts lie far apart, as among people."""
        return max(1, self.users // (2 * CONTACTS + 1))

    def name(self, index: int) -> UserId:
        return UserId(f"u{index % self.users:07d}")

    def contacts(self, index: int) -> list[int]:
        """Whom user *index* has accepted, and who has accepted them."""
        half = CONTACTS // 2
        return sorted((index + k * self.stride) % self.users for k in range(-half, half + 1) if k)

    def sample(self, count: int) -> list[int]:
        """Users spread evenly over the ring: their keys lie in different pages."""
        return [number * self.users // count for number in range(count)]

    def cells(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys and values, in the order of the keys."""
        names = [self.name(index) for index in range(self.users)]
        for owner, me in enumerate(names):
            for actor in self.contacts(owner):
                yield contact_key(me, names[actor]), b"\x01"
        device = RECORD.pack()
        for name in names:
            yield device_key(ClientId(name, DEVICE)), device
        for index in sorted(self.sample(self.members)):
            yield member_key(GROUP, names[index]), bytes([Role.MEMBER])
        user = UserRecord().pack()
        for name in names:
            yield user_key(name), user

    def receiver(self, index: int) -> Connection:
        """The connection of somebody who listens to the own mailbox."""
        return self._connection(index, topics.mailbox(self.name(index)))

    def sender(self, index: int, to: list[int]) -> Connection:
        """The connection of somebody who writes to *to* in turn."""
        me = self.name(index)
        return self._connection(index, "-", tuple(topics.message(self.name(other), me) for other in to))

    def asker(self, index: int, topic: str) -> Connection:
        """The connection of somebody who sends requests to *topic* and hears the answers."""
        return self._connection(index, topics.mailbox(self.name(index)), (topic,))

    def member(self, index: int) -> Connection:
        """The connection of somebody who listens to the group."""
        return self._connection(index, topics.group_mailbox(GROUP))

    def speaker(self, index: int) -> Connection:
        """The connection of a member who writes to the group and does not listen."""
        return self._connection(index, "-", (topics.group_message(GROUP, self.name(index)),))

    def _connection(self, index: int, filter: str, to: tuple[str, ...] = ()) -> Connection:
        me = self.name(index)
        return Connection(str(ClientId(me, DEVICE)), me, TOKEN, filter, to)
