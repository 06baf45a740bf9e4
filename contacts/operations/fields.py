"""How the fields of the tables that list something about two things are spelled: built and read side by side."""

from __future__ import annotations

from enum import StrEnum

from xasup.protocol.ids import ClientId, UserId


def pending(owner: str, actor: str) -> str:
    """In `pending`: *actor* has asked *owner*, and an administrator decides."""
    return f"{owner}/{actor}"


def pending_pair(field: str) -> tuple[UserId, UserId]:
    """The inverse: owner and actor."""
    owner, _, actor = field.partition("/")
    return UserId(owner), UserId(actor)


def expiry(client: ClientId) -> str:
    """In `expiries`."""
    return str(client)


class Chore(StrEnum):
    """What is done in several steps, and finished by whoever finds it unfinished."""

    USER = "u"  # a user was deleted: end their devices, contacts and memberships
    GROUP = "g"  # a group ended: put out who is left, and who is invited
    POLICY = "p"  # a user's policy changed: their asks may now wait for an administrator, or no longer


def chore(kind: Chore, name: str) -> str:
    """In `chores`."""
    return f"{kind}/{name}"


def chore_of(field: str) -> tuple[Chore, str]:
    """The inverse."""
    kind, _, name = field.partition("/")
    return Chore(kind), name
