"""An operation as a value: the cells it reads, and a pure judgement of what they say.

Refuses to know: how facts are read and decisions kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xasup.protocol import events, topics
from xasup.protocol.changes import Notice
from xasup.protocol.directory import Flag
from xasup.protocol.errors import Code, Refused
from xasup.protocol.groups import Role
from xasup.protocol.ids import UserId
from xasup.protocol.records import Contact, Device, Group, Membership, User
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell

ADMIN = "admin"  # as `by` of what an administrator does


@dataclass(frozen=True, slots=True)
class Facts:
    """What the cells of an operation say, as records."""

    cells: Mapping[Cell, bytes | None]

    def user(self, user: str) -> User | None:
        """As it stands, tombstones and services included."""
        data = self.cells[Cell(tables.USERS, user)]
        return User.decode(data) if data is not None else None

    def person(self, user: str) -> User:
        """A user who exists and is no service. Raises Refused."""
        record = self.user(user)
        if record is None or record.deleted or Flag.SERVICE in record.flags:
            raise Refused(f"there is no user {user}", Code.UNKNOWN_USER)
        return record

    def device(self, user: str, device: str) -> Device | None:
        data = self.cells[Cell(tables.devices(user), device)]
        return Device.decode(data) if data is not None else None

    def contact(self, me: str, other: str) -> Contact:
        data = self.cells[Cell(tables.contacts(me), other)]
        return Contact.decode(data) if data is not None else _NO_CONTACT

    def group(self, group: str) -> Group:
        """A group that lives. Raises Refused."""
        data = self.cells[Cell(tables.GROUPS, group)]
        record = Group.decode(data) if data is not None else None
        if record is None or record.deleted:
            raise Refused(f"there is no group {group}", Code.UNKNOWN_GROUP)
        return record

    def role(self, group: str, user: str) -> Role:
        data = self.cells[Cell(tables.members(group), user)]
        return Membership.decode(data).role if data is not None else Role.NONE


_NO_CONTACT = Contact()


@dataclass(frozen=True, slots=True)
class Draft:
    """What follows from the facts: cells to put (None: delete; none at all: nothing changes), whom to tell when it is
    enforced, and what the answer says."""

    put: Mapping[Cell, bytes | None] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)
    last: tuple[Notice, ...] = ()  # after the answer, such as the end of the connection that asked


@dataclass(frozen=True, slots=True)
class Operation:
    """*what*: service and operation, as `contacts.accept`; *by*: the user, or ADMIN; *now*: milliseconds since the
    epoch; *subject*: the ids it is about; *cells*: all that *judge* looks at. *judge* raises Refused or Malformed."""

    what: str
    by: str
    now: int
    subject: tuple[str, ...]
    cells: tuple[Cell, ...]
    judge: Callable[[Facts], Draft]


@dataclass(frozen=True, slots=True)
class Asked:
    """The request behind an operation: who is to be answered, and by which id it is known when it comes again.
    *digest*: of its content."""

    service: str
    actor: UserId
    id: str
    op: str
    digest: bytes

    @property
    def key(self) -> str:
        """Under which its answer is recorded."""
        return f"{self.service}/{self.actor}/{self.id}"

    @property
    def topic(self) -> str:
        """Where its answer goes."""
        return topics.event(self.actor, self.service)

    def answer(self, draft: Draft) -> events.Payload:
        return events.answer(self.id, self.op, **draft.answer)


def tell(user: str, service: str, payload: events.Payload) -> Notice:
    """News for one user from *service*."""
    return Notice(service, topics.event(UserId(user), service), payload)
