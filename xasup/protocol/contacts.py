"""Who may write to whom, decided from facts alone. Refuses to know: sockets, clocks, storage, who carried the request.

An *edge* is ordered: `owner` towards `actor`, "may actor reach owner". Between two people there are two edges, and each
side keeps one `Side`: its own edge (the truth) and what it has been told of the other's. The told half is what makes
a denial and a block look alike to the one who asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from xasup.protocol.errors import Code, Refused


class Edge(StrEnum):
    """The owner's decision about the actor; only `accepted` lets a message through."""

    NONE = "none"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DENIED = "denied"
    REVOKED = "revoked"
    BLOCKED = "blocked"


class Told(StrEnum):
    """What the actor knows of it."""

    NONE = "none"
    ASKED = "asked"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not-accepted"
    REVOKED = "revoked"


class Policy(StrEnum):
    """How a user's mailbox opens: the user decides, everybody is welcome (devices), or an administrator decides."""

    ASK = "ask"
    AUTO = "auto"
    ADMIN = "admin"


class Op(StrEnum):
    """What a person can do about another."""

    ASK = "ask"
    ACCEPT = "accept"
    DENY = "deny"
    REVOKE = "revoke"
    BLOCK = "block"
    UNBLOCK = "unblock"


@dataclass(frozen=True, slots=True)
class Side:
    """One person's half of a relation: *mine* is my edge (I am the owner), *theirs* what I am told of the other's."""

    mine: Edge = Edge.NONE
    theirs: Told = Told.NONE


@dataclass(frozen=True, slots=True)
class Pair:
    """Both halves, seen from the one who acts."""

    me: Side = Side()
    other: Side = Side()


@dataclass(frozen=True, slots=True)
class Policies:
    """Of the one who acts and of the other."""

    me: Policy = Policy.ASK
    other: Policy = Policy.ASK

    @property
    def admin(self) -> bool:
        """An administrator's policy on either side rules the pair: accepting opens both directions."""
        return Policy.ADMIN in (self.me, self.other)


# What an operation makes of the edge it aims at: `ask` aims at the other's edge towards me, the rest at mine.
# A state that is missing is refused with the code and sentence of _REFUSALS.
NEXT: dict[Op, dict[Edge, Edge]] = {
    Op.ASK: {
        Edge.NONE: Edge.ASKED,
        Edge.ASKED: Edge.ASKED,
        Edge.ACCEPTED: Edge.ACCEPTED,
        Edge.DENIED: Edge.ASKED,
        Edge.REVOKED: Edge.ASKED,
        Edge.BLOCKED: Edge.BLOCKED,
    },
    Op.ACCEPT: {Edge.ASKED: Edge.ACCEPTED, Edge.ACCEPTED: Edge.ACCEPTED},
    Op.DENY: {Edge.ASKED: Edge.DENIED, Edge.DENIED: Edge.DENIED},
    Op.REVOKE: {Edge.ACCEPTED: Edge.REVOKED, Edge.REVOKED: Edge.REVOKED},
    Op.BLOCK: dict.fromkeys(Edge, Edge.BLOCKED),
    Op.UNBLOCK: {Edge.BLOCKED: Edge.NONE},
}

_REFUSALS: dict[Op, tuple[Code, str]] = {
    Op.ACCEPT: (Code.NOT_ASKED, "has not asked you, so there is nothing to accept; ask them yourself"),
    Op.DENY: (Code.NOT_ASKED, "has not asked you, so there is nothing to deny"),
    Op.REVOKE: (Code.NOT_CONTACTS, "is not a contact of yours, so there is nothing to revoke"),
    Op.UNBLOCK: (Code.NOT_BLOCKED, "is not blocked by you"),
}

# Under the policy `auto` these open at once. A denial outweighs the policy, and lasts: else asking again would tell a
# denial from a block.
_UNDECIDED = frozenset({Edge.NONE, Edge.REVOKED})

_OPEN = Pair(Side(Edge.ACCEPTED, Told.ACCEPTED), Side(Edge.ACCEPTED, Told.ACCEPTED))


def decide(op: Op, pair: Pair, policies: Policies, other: str) -> Pair:
    """The pair after *op* by `me`; equal to *pair* where nothing changes. *other* names the other in sentences.

    Raises Refused with a stable code. What it raises tells the actor nothing but what the actor may know.
    """
    return _DECIDE[op](pair, policies, other)


def approve(pair: Pair, owner: str, actor: str) -> Pair:
    """An administrator accepts for the owner (`me`). Raises Refused."""
    if pair.me.mine not in NEXT[Op.ACCEPT]:
        raise Refused(f"{actor} has not asked {owner}, so there is nothing to approve", Code.NOT_ASKED)
    return pair if pair.me.mine is Edge.ACCEPTED else _OPEN


def allow_one_way(pair: Pair, owner: str, actor: str) -> Pair:
    """An administrator lets *actor* (a device, say) reach *owner* (`me`), not the other way round. Raises Refused."""
    if pair.me.mine is Edge.BLOCKED:
        raise Refused(f"{owner} has blocked {actor}; only {owner} can undo that", Code.BLOCKED)
    return Pair(replace(pair.me, mine=Edge.ACCEPTED), replace(pair.other, theirs=Told.ACCEPTED))


def _ask(pair: Pair, policies: Policies, other: str) -> Pair:
    if pair.me.mine is Edge.BLOCKED:
        raise Refused(f"you have blocked {other}; unblock first", Code.BLOCKED_BY_YOU)
    target, welcome = pair.other.mine, policies.other is Policy.AUTO
    agreed = target is Edge.ACCEPTED or pair.me.mine is Edge.ASKED or (welcome and target in _UNDECIDED)
    if agreed and target is not Edge.BLOCKED and not policies.admin:
        return _OPEN
    if target is Edge.ACCEPTED or pair.me.theirs is Told.ASKED:
        return pair
    # Blocked, or denied under `auto`: for me it looks like a request that nobody answers.
    edge = target if welcome and target is Edge.DENIED else NEXT[Op.ASK][target]
    return Pair(replace(pair.me, theirs=Told.ASKED), replace(pair.other, mine=edge))


def _accept(pair: Pair, policies: Policies, other: str) -> Pair:
    edge = _aim(Op.ACCEPT, pair, other)
    if pair.me.mine is edge:
        return pair
    if policies.admin:
        raise Refused(f"contacts with {other} are approved by an administrator", Code.NEEDS_ADMIN)
    return _OPEN


def _deny(pair: Pair, policies: Policies, other: str) -> Pair:
    edge = _aim(Op.DENY, pair, other)
    if pair.me.mine is edge:
        return pair
    ended = _withdraw(pair)
    return Pair(replace(ended.me, mine=edge), replace(ended.other, theirs=Told.NOT_ACCEPTED))


def _revoke(pair: Pair, policies: Policies, other: str) -> Pair:
    if pair.me.theirs not in (Told.ASKED, Told.ACCEPTED):
        _aim(Op.REVOKE, pair, other)
    return _end(pair)


def _block(pair: Pair, policies: Policies, other: str) -> Pair:
    """For the other it must look like a denial, a revocation or nothing at all; it differs only in that it lasts."""
    match pair.me.mine:
        case Edge.ASKED:
            ended = _deny(pair, policies, other)
        case Edge.ACCEPTED:
            ended = _end(pair)
        case _:
            ended = _withdraw(pair)
    return replace(ended, me=replace(ended.me, mine=Edge.BLOCKED))


def _unblock(pair: Pair, policies: Policies, other: str) -> Pair:
    edge = _aim(Op.UNBLOCK, pair, other)
    waiting = pair.other.theirs is Told.ASKED  # they asked meanwhile, and were told no more than that
    return replace(pair, me=replace(pair.me, mine=Edge.ASKED if waiting else edge))


def _aim(op: Op, pair: Pair, other: str) -> Edge:
    edge = NEXT[op].get(pair.me.mine)
    if edge is None:
        code, sentence = _REFUSALS[op]
        raise Refused(f"{other} {sentence}", code)
    return edge


def _end(pair: Pair) -> Pair:
    """Nothing stays open in either direction, and my own ask is taken back."""
    ended = _withdraw(pair)
    return Pair(_closed(ended.me), _closed(ended.other))


def _withdraw(pair: Pair) -> Pair:
    """Take back my ask, where there is one."""
    if pair.me.theirs is not Told.ASKED:
        return pair
    edge = Edge.NONE if pair.other.mine is Edge.ASKED else pair.other.mine
    return Pair(replace(pair.me, theirs=Told.NONE), replace(pair.other, mine=edge))


def _closed(side: Side) -> Side:
    mine = Edge.REVOKED if side.mine is Edge.ACCEPTED else side.mine
    theirs = Told.REVOKED if side.theirs is Told.ACCEPTED else side.theirs
    return Side(mine, theirs)


_DECIDE: dict[Op, Callable[[Pair, Policies, str], Pair]] = {
    Op.ASK: _ask,
    Op.ACCEPT: _accept,
    Op.DENY: _deny,
    Op.REVOKE: _revoke,
    Op.BLOCK: _block,
    Op.UNBLOCK: _unblock,
}
