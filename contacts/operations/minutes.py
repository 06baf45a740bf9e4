"""The minutes of one decision about a group: the cells that it puts and the news that it makes, collected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contacts.operations.fields import Chore, chore
from contacts.operations.operation import Draft, tell
from xasup.protocol import events, topics
from xasup.protocol import groups as rules
from xasup.protocol.changes import Notice
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.records import Group, Membership
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell

SERVICE = "groups"


class Minutes:
    """The cells and the news of one decision about a group, collected. Its time is always after that of the last, even
    where the clock was set back or both fell into one millisecond: who reads the news goes by it."""

    def __init__(self, group: GroupId, record: Group, by: str, now: int) -> None:
        self._group, self._before, self._record, self._by = group, record, record, by
        self._now = max(now, record.ts + 1)
        self._put: dict[Cell, bytes | None] = {}
        self._notices: list[Notice] = []

    def turn(self, user: UserId, before: Role, after: Role, aloud: bool = True) -> None:
        """One user's part changes; *aloud*: the members are told as well."""
        if before is after:
            return
        value = None if after is Role.NONE else Membership(after, self._now).encode()
        self._put[Cell(tables.members(self._group), user)] = value
        self._put[Cell(tables.memberships(user), self._group)] = value
        self._record = replace(self._record, size=rules.resized(self._record.size, before, after))
        self._notices.append(
            tell(user, SERVICE, events.group(self._group, self._record.name, after, self._by, self._now))
        )
        if aloud:
            self._announce(events.member(self._group, user, after, self._by, self._now))

    def go(self, user: UserId, before: Role) -> None:
        """One goes; the owner, as the last member, turns off the light."""
        last = rules.ends(before, Role.NONE)
        self.turn(user, before, Role.NONE, aloud=not last)
        if last:
            self.end()

    def rename(self, name: str, role: Role) -> None:
        if name != self._record.name:
            self._record = replace(self._record, name=name)
            self._announce(events.member(self._group, self._by, role, self._by, self._now, name))

    def end(self) -> None:
        """Nobody gets in any more; whoever is left is put out by the chore."""
        self._record = replace(self._record, deleted=self._now)
        self._put[Cell(tables.CHORES, chore(Chore.GROUP, self._group))] = str(self._now).encode()

    def draft(self, **answer: Any) -> Draft:
        if self._put or self._record != self._before:
            self._put[Cell(tables.GROUPS, self._group)] = replace(self._record, ts=self._now).encode()
        return Draft(self._put, tuple(self._notices), {"group": self._group, **answer})

    def _announce(self, payload: events.Payload) -> None:
        self._notices.append(Notice(SERVICE, topics.group_event(self._group, SERVICE), payload))
