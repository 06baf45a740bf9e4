"""The names of the truth's tables. The kinds and what their cells say are in xasup/protocol/records.py.

users                 user -> {"policy","flags","rate","burst","name","created","deleted"?}
devices:{user}        device -> {"token_sha256","expires","created","by"}
seen:{user}           device -> milliseconds since the epoch, when it last connected (not part of any decision)
contacts:{me}         other -> {"mine","theirs","ts","greeting"?}
groups                group -> {"name","created","ts","by","members","invited","deleted"?}
members:{group}       user -> {"role": invited|member|owner, "ts"}
memberships:{user}    group -> {"role": invited|member|owner, "ts"}
pending               owner/actor -> {"ts","greeting"?}; asks that wait for an administrator
expiries              user:device -> seconds since the epoch; devices whose token will expire
chores                what -> milliseconds since the epoch; deletions and the like that are done in several steps
positions             follower -> how far it has followed the stream of changes, as text
"""

from __future__ import annotations

from xasup.protocol.records import Table

USERS, GROUPS, PENDING, EXPIRIES = str(Table.USERS), str(Table.GROUPS), str(Table.PENDING), str(Table.EXPIRIES)
POSITIONS, CHORES = str(Table.POSITIONS), str(Table.CHORES)

NOTIFIER = "notifier"  # the follower that tells people; the broker has what it has told


def devices(user: str) -> str:
    return f"{Table.DEVICES}:{user}"


def seen(user: str) -> str:
    return f"{Table.SEEN}:{user}"


def contacts(me: str) -> str:
    return f"{Table.CONTACTS}:{me}"


def members(group: str) -> str:
    return f"{Table.MEMBERS}:{group}"


def memberships(user: str) -> str:
    return f"{Table.MEMBERSHIPS}:{user}"
