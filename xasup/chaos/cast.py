"""The people of a run: pairs of contacts, a group, a stranger whom nobody has accepted; their accounts in the truth.

Refuses to know: what they will say, which processes they live in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contacts.accounts import befriend, create_device, create_person, found_group
from xasup.chaos.accounts import newcomer, now
from xasup.chaos.verdict import World
from xasup.protocol.connect import ConnectString
from xasup.protocol.ids import ClientId, DeviceId, GroupId, UserId
from xasup.protocol.streams import group
from xasup.runtime.settings import Settings
from xasup.wire.truth import open_truth

GROUP, STRANGER, DEVICE = GroupId("everybody"), UserId("mallory"), DeviceId("laptop")


@dataclass(frozen=True, slots=True)
class Cast:
    """*senders* and *receivers* are pairs, in order; *connects*: how each gets in; *world*: who may hear whom."""

    senders: Sequence[UserId]
    receivers: Sequence[UserId]
    connects: Mapping[UserId, ConnectString]
    world: World

    def targets(self, user: UserId) -> list[str]:
        """To whom *user* writes."""
        if user == STRANGER:
            return [*self.receivers[:1], group(GROUP)]
        pairs = {
            **dict(zip(self.senders, self.receivers, strict=True)),
            **dict(zip(self.receivers, self.senders, strict=True)),
        }
        return [pairs[user], group(GROUP)] if user in self.world.members[group(GROUP)] else [pairs[user]]


async def engage(settings: Settings, users: int) -> Cast:
    """Make *users* people (an even number) with a device each, and the stranger. Raises Refused where they exist."""
    senders = [UserId(f"sender{number}") for number in range(users // 2)]
    receivers = [UserId(f"receiver{number}") for number in range(users // 2)]
    connects = {user: newcomer(settings, ClientId(user, DEVICE)) for user in (*senders, *receivers, STRANGER)}
    owner, members = senders[0], receivers[:3]
    async with open_truth(settings.redis_url) as truth:
        for connect in connects.values():
            await create_person(truth, connect.client.user, now())
            await create_device(truth, connect.client, connect.token, now())
        for sender, receiver in zip(senders, receivers, strict=True):
            await befriend(truth, sender, receiver, now())
        for member in members[1:]:
            await befriend(truth, owner, member, now())
        await found_group(truth, GROUP, owner, members, now())
    contacts: dict[str, set[str]] = {
        **{receiver: {sender} for sender, receiver in zip(senders, receivers, strict=True)},
        **{sender: {receiver} for sender, receiver in zip(senders, receivers, strict=True)},
    }
    return Cast(senders, receivers, connects, World(contacts, {group(GROUP): {owner, *members}}))
