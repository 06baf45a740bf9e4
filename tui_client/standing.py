"""How I stand with a person or a group, and what can be done about it, as tables. Refuses to know keys and widgets."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from tui_client.spans import Role
from xasup.client.values import Contact, Group
from xasup.protocol import groups
from xasup.protocol.contacts import Edge, Told


class Look(NamedTuple):
    """*mark*: in the list; *sentence*: goes on after the name; *offers*: commands that make sense now."""

    mark: str
    role: Role
    sentence: str
    offers: tuple[str, ...] = ()


class Standing(Enum):
    """Towards a person, or in a group."""

    ONLINE = Look("●", Role.GOOD, "online")
    AWAY = Look("○", Role.DIM, "offline")
    CONTACT = Look("◌", Role.DIM, "accepted; not known whether online")
    ASKS_ME = Look("?", Role.ATTENTION, "asks to talk with you", ("accept", "deny", "block"))
    WAITING = Look("…", Role.DIM, "has not answered yet", ("revoke",))
    STRANGER = Look("-", Role.DIM, "has not been asked yet", ("ask",))
    ONE_WAY = Look("→", Role.DIM, "may write to you, you not to them", ("ask", "revoke"))
    CLOSED = Look("✗", Role.BAD, "does not accept you now", ("ask",))
    TURNED_DOWN = Look("✗", Role.DIM, "was turned down by you", ("ask",))
    BLOCKED = Look("⊘", Role.BAD, "is blocked by you", ("unblock",))
    IN_GROUP = Look("#", Role.PLAIN, "group")
    INVITED = Look("?", Role.ATTENTION, "invites you", ("accept", "deny"))
    OUTSIDE = Look("-", Role.DIM, "you are not in this group")

    @property
    def look(self) -> Look:
        return self.value

    @property
    def writable(self) -> bool:
        """May I write there?"""
        return self in (Standing.ONLINE, Standing.AWAY, Standing.CONTACT, Standing.IN_GROUP)

    @property
    def waits_for_me(self) -> bool:
        """Is it my turn to answer?"""
        return self in (Standing.ASKS_ME, Standing.INVITED)


_PRESENT = {True: Standing.ONLINE, False: Standing.AWAY, None: Standing.CONTACT}


def towards(contact: Contact | None) -> Standing:
    """Where I stand with a person; the first row that fits."""
    match contact:
        case None:
            return Standing.STRANGER
        case Contact(mine=Edge.BLOCKED):
            return Standing.BLOCKED
        case Contact(mine=Edge.ASKED):
            return Standing.ASKS_ME
        case Contact(theirs=Told.ACCEPTED):
            return _PRESENT[contact.online]
        case Contact(theirs=Told.ASKED):
            return Standing.WAITING
        case Contact(mine=Edge.ACCEPTED):
            return Standing.ONE_WAY
        case Contact(mine=Edge.NONE, theirs=Told.NONE):
            return Standing.STRANGER
        case Contact(mine=Edge.DENIED, theirs=Told.NONE):
            return Standing.TURNED_DOWN
        case _:
            return Standing.CLOSED


def within(group: Group | None) -> Standing:
    """Where I stand in a group."""
    match group.role if group else groups.Role.NONE:
        case groups.Role.MEMBER | groups.Role.OWNER:
            return Standing.IN_GROUP
        case groups.Role.INVITED:
            return Standing.INVITED
        case _:
            return Standing.OUTSIDE
