"""What a person can do about another: ask, accept, deny, revoke, block, unblock."""

from __future__ import annotations

from xasup.client.desk import AtDesk
from xasup.protocol.contacts import Op
from xasup.protocol.ids import user_id

_CONTACTS = "contacts"


class People(AtDesk):
    """All raise Malformed (not a user id), Refused with the service's code, Unavailable. What changes comes as
    ContactChanged. When one returns, the broker already acts on it: accepted, the next message passes; revoked, not."""

    async def ask(self, user: str, greeting: str = "") -> None:
        """Ask *user* to be a contact, with a line of greeting."""
        await self._desk.request(_CONTACTS, Op.ASK, user=user_id(user), greeting=greeting)

    async def accept(self, user: str) -> None:
        """Open both directions for one who has asked."""
        await self._decide(Op.ACCEPT, user)

    async def deny(self, user: str) -> None:
        """Turn down one who has asked."""
        await self._decide(Op.DENY, user)

    async def revoke(self, user: str) -> None:
        """End the relation, in both directions; or withdraw what I asked."""
        await self._decide(Op.REVOKE, user)

    async def block(self, user: str) -> None:
        """End it and hear nothing more."""
        await self._decide(Op.BLOCK, user)

    async def unblock(self, user: str) -> None:
        """Undo block(); they may ask again."""
        await self._decide(Op.UNBLOCK, user)

    async def _decide(self, op: Op, user: str) -> None:
        await self._desk.request(_CONTACTS, op, user=user_id(user))
