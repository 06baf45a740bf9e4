"""What this device listens to: its mailbox, its user's own sendings, its groups, its contacts' presence.

A refused subscription (not a contact any more, say) is no error: the next event about it tries again. What a group's
members wrote before the broker had our subscription came to nobody here: who asks history is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xasup.protocol import topics
from xasup.protocol.contacts import Told
from xasup.protocol.errors import Refused
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.topics import Kind
from xasup.wire.mqtt import Subscription, Wire
from xasup.wire.store import ContactRow, GroupRow

_AT_ONCE = 100  # filters in one packet


class Subscriptions:
    """Of one connection. *joined* is called once groups are listened to that were not before."""

    def __init__(self, me: UserId, wire: Wire, joined: Callable[[], None]) -> None:
        self._me, self._wire, self._joined = me, wire, joined
        self._granted: set[str] = set()

    async def base(self) -> None:
        """What every device of mine has. Raises Refused when even my own mailbox is closed to me."""
        wanted = [
            Subscription(topics.mailbox(self._me)),
            Subscription(topics.own(Kind.MESSAGE, self._me), no_local=True),
            Subscription(topics.own(Kind.RECEIPT, self._me), no_local=True),
        ]
        refusals = await self._wire.subscribe(wanted)
        if refusals[0] is not None:
            raise Refused(f"{refusals[0]}: this device may have been revoked, or the broker cannot read its directory")

    async def follow(self, rows: Iterable[ContactRow | GroupRow]) -> None:
        """Listen where these say that we may, stop where they say that we may not."""
        wanted, unwanted, groups = [], [], set[str]()
        for row in rows:
            subscription, allowed = _presence(row) if isinstance(row, ContactRow) else _group(row)
            if allowed and subscription.filter not in self._granted:
                wanted.append(subscription)
                if isinstance(row, GroupRow):
                    groups.add(subscription.filter)
            elif not allowed and subscription.filter in self._granted:
                unwanted.append(subscription.filter)
        for start in range(0, len(wanted), _AT_ONCE):
            await self._subscribe(wanted[start : start + _AT_ONCE])
        if groups & self._granted:
            self._joined()
        self._granted.difference_update(unwanted)
        await self._wire.unsubscribe(unwanted)

    async def _subscribe(self, wanted: list[Subscription]) -> None:
        for subscription, refusal in zip(wanted, await self._wire.subscribe(wanted), strict=True):
            if refusal is None:
                self._granted.add(subscription.filter)


def _presence(row: ContactRow) -> tuple[Subscription, bool]:
    return Subscription(topics.presence(UserId(row.user))), row.theirs == Told.ACCEPTED


def _group(row: GroupRow) -> tuple[Subscription, bool]:
    # No Local: what I write myself I have already; my other devices get it.
    return Subscription(topics.group_mailbox(GroupId(row.group)), no_local=True), row.role in (Role.MEMBER, Role.OWNER)
