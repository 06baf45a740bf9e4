"""What is done to the broker in one state of the directory, as values; and who is there. A run is a list of steps.

Refuses to know: what is right, who chooses, brokers.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.broker.model.world import Become, Change

PEOPLE = ("alice", "bob", "carol", "dave", "bridge")  # the last one: called as the bridge is
SERVERS = ("svc-contacts", "svc-groups", "svc-bridge", "svc-fake")  # the last one: without the flag
USERS = (*PEOPLE, *SERVERS)
GROUPS = ("hikers", "chess")
MOUTHS = tuple(f"{user}:{device}" for user in USERS for device in ("five", "three"))
EARS = tuple(f"{user}:{device}" for user in USERS for device in ("ear5", "ear3"))
DOORS = tuple(f"{user}:{device}" for user in USERS for device in ("door", "gate"))
GENESIS = (
    *(Change(Become.COME, user) for user in USERS),
    *(Change(Become.SERVER, user) for user in SERVERS[:3]),
    *(Change(Become.LINKED, client) for client in (*MOUTHS, *EARS, *DOORS)),
    *(Change(Become.ACCEPTS, owner, actor) for owner in USERS for actor in USERS if owner < actor),
    *(Change(Become.JOINED, group, user) for group in GROUPS for user in USERS[::2]),
)


@dataclass(frozen=True, slots=True)
class Connect:
    """*secret*: a word of dice.SECRETS, which stands in for the token."""

    client: str
    username: str
    secret: str
    version: int


@dataclass(frozen=True, slots=True)
class Say:
    """A PUBLISH by this client. *size*: of its payload, at least, in bytes."""

    client: str
    topic: str
    qos: int = 1
    retain: bool = False
    size: int = 0


@dataclass(frozen=True, slots=True)
class Listen:
    """A SUBSCRIBE by this client."""

    client: str
    filter: str


Attempt = Connect | Say | Listen


@dataclass(frozen=True, slots=True)
class Step:
    """Changes of the directory; who goes away before the attempts; the attempts. *afresh*: as a new generation."""

    changes: tuple[Change, ...] = ()
    away: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    afresh: bool = False
