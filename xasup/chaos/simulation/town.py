"""Who lives in a simulated run, who may write to whom, and what contacts and groups answer. Refuses to know: faults."""

from __future__ import annotations

import hashlib
import random

from xasup.chaos.simulation.broker import Broker
from xasup.chaos.simulation.person import Say
from xasup.chaos.simulation.services import TOKEN
from xasup.chaos.verdict import World
from xasup.protocol import codec, events, topics
from xasup.protocol.changes import Change, Notice
from xasup.protocol.connect import ConnectString
from xasup.protocol.contacts import Edge, Side, Told
from xasup.protocol.directory import (
    DeviceRecord,
    Edit,
    Flag,
    MemoryDirectory,
    Role,
    UserRecord,
    set_contact,
    set_device,
    set_member,
    set_user,
)
from xasup.protocol.groups import Role as Part
from xasup.protocol.ids import ClientId, DeviceId, GroupId, UserId, service_account

ALICE, BOB, CAROL, MALLORY = UserId("alice"), UserId("bob"), UserId("carol"), UserId("mallory")
GROUP = GroupId("all")
TALK = "g:all"
FROM, UNTIL = 1.0, 5.0  # seconds in which people write
_SERVICES = {"bridge": ("n1", "n1-voice", "n1-standby"), "history": ("n1",)}


class Town:
    """As the dice have it: two people who know each other, perhaps a second device, a group with a third one, and
    somebody whom nobody has accepted."""

    def __init__(self, dice: random.Random) -> None:
        self.devices = [ClientId(ALICE, DeviceId("laptop")), ClientId(BOB, DeviceId("laptop"))]
        self.group, stranger = dice.random() < 0.3, dice.random() < 0.15
        if dice.random() < 0.25:
            self.devices.append(ClientId(BOB, DeviceId("phone")))
        if self.group:
            self.devices.append(ClientId(CAROL, DeviceId("laptop")))
        if stranger:
            self.devices.append(ClientId(MALLORY, DeviceId("laptop")))
        self.members = [ALICE, BOB, CAROL] if self.group else []
        self.friends = {ALICE: [BOB], BOB: [ALICE]}
        self.revoked_at: float | None = None
        self.scripts = {client: self._script(client, dice) for client in self.devices}

    def connect(self, client: ClientId) -> ConnectString:
        return ConnectString(client, TOKEN, "broker", 1883)

    def world(self) -> World:
        """Who may hear whom, at any time of the run."""
        members = {TALK: set(self.members)} if self.group else {}
        return World({user: set(friends) for user, friends in self.friends.items()}, members)

    def directory(self) -> MemoryDirectory:
        """As the projector writes it."""
        edits: list[Edit] = []
        token = DeviceRecord(hashlib.sha256(TOKEN.encode()).digest())
        for client in self.devices:
            edits += [set_user(client.user, UserRecord()), set_device(client, token)]
        for service, names in _SERVICES.items():
            account = service_account(service)
            edits.append(set_user(account, UserRecord(Flag.SERVICE)))
            edits += [set_device(ClientId(account, DeviceId(name)), token) for name in names]
        edits += [set_contact(user, friend, True) for user, friends in self.friends.items() for friend in friends]
        edits += [set_member(GROUP, member, Role.MEMBER) for member in self.members]
        return MemoryDirectory(edits)

    def founded(self) -> Change:
        """The group, as it was decided; its members are to be told, so that the log has it."""
        told = events.group(GROUP, "All", Part.MEMBER, ALICE, 1)
        notices = [Notice("groups", topics.event(member, "groups"), told) for member in self.members]
        return Change("groups.create", ALICE, 1, (GROUP, ALICE), notices=tuple(notices))

    def revoke(self, broker: Broker, now: float) -> None:
        """Alice does not want to hear from Bob any more; *now* is when she is told that it holds."""
        self.revoked_at = now
        for user, side in ((ALICE, Side(Edge.REVOKED, Told.REVOKED)), (BOB, Side(Edge.REVOKED, Told.REVOKED))):
            (friend,) = self.friends[user]
            broker.say(user, "contacts", codec.encode(events.contact(friend, side, 2)))

    def closed(self) -> list[Edit]:
        """What the projector does about it."""
        return [set_contact(ALICE, BOB, False), set_contact(BOB, ALICE, False)]

    def answer(self, asker: UserId, service: str, request: dict[str, object]) -> bytes | None:
        """Of contacts and groups, to a listing."""
        match service:
            case "contacts":
                entries = [self._contact(friend) for friend in self.friends.get(asker, ())]
            case "groups" if asker in self.members:
                entries = [{"group": GROUP, "name": "All", "role": str(Part.MEMBER), "by": ALICE, "ts": 1}]
            case "groups":
                entries = []
            case _:
                return None
        return codec.encode(events.answer(str(request["id"]), "list", **{service: entries}))

    def _contact(self, friend: UserId) -> dict[str, object]:
        open_ = self.revoked_at is None
        mine, theirs = (Edge.ACCEPTED, Told.ACCEPTED) if open_ else (Edge.REVOKED, Told.REVOKED)
        return {"user": friend, "mine": str(mine), "theirs": str(theirs), "ts": 1 if open_ else 2}

    def _script(self, client: ClientId, dice: random.Random) -> list[Say]:
        targets = [TALK] if client.user in self.members else []
        if client.user in self.friends:
            targets += self.friends[client.user] * 2
        if client.user == MALLORY:
            targets = [BOB, *([TALK] if self.group else [])]
        times = sorted(dice.uniform(FROM, UNTIL) for _ in range(dice.randrange(1, 7)))
        if dice.random() < 0.3:  # a burst
            times = sorted([*times, *([dice.choice(times)] * dice.randrange(2, 9))])
        return [Say(when, dice.choice(targets), dice.random() < 0.15) for when in times]
