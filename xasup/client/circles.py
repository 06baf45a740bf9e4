"""What a person can do about groups: found, rename, invite, join, leave, remove, hand over, see who is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xasup.client.desk import AtDesk
from xasup.client.values import Member
from xasup.protocol.groups import Role
from xasup.protocol.ids import group_id, user_id

_GROUPS = "groups"


class Circles(AtDesk):
    """All raise Malformed (not an id), Refused with the service's code, Unavailable. Changes come as GroupChanged and
    MemberChanged."""

    async def create_group(self, group: str, name: str | None = None, members: Sequence[str] = ()) -> None:
        """Found *group*; *members*, contacts of mine, are invited. The group's conversation is `g:{group}`."""
        fields: dict[str, Any] = {"name": name} if name is not None else {}
        if members:
            fields["members"] = [user_id(member) for member in members]
        await self._desk.request(_GROUPS, "create", group=group_id(group), **fields)

    async def rename_group(self, group: str, name: str) -> None:
        """Change the display name."""
        await self._desk.request(_GROUPS, "rename", group=group_id(group), name=name)

    async def invite(self, group: str, user: str) -> None:
        """Invite a contact."""
        await self._about("invite", group, user)

    async def remove(self, group: str, user: str) -> None:
        """Put a member out, or take an invitation back."""
        await self._about("remove", group, user)

    async def hand_over(self, group: str, user: str) -> None:
        """Make a member the owner in my place."""
        await self._about("hand-over", group, user)

    async def join(self, group: str) -> None:
        """Follow an invitation."""
        await self._desk.request(_GROUPS, "join", group=group_id(group))

    async def leave(self, group: str) -> None:
        """Leave, or decline an invitation."""
        await self._desk.request(_GROUPS, "leave", group=group_id(group))

    async def members(self, group: str) -> list[Member]:
        """Who is in, asked of the service."""
        listing = self._listing(_GROUPS, "members", "members", group=group_id(group))
        return [Member(user_id(entry["user"]), Role(entry["role"])) async for entry in listing]

    async def _about(self, op: str, group: str, user: str) -> None:
        await self._desk.request(_GROUPS, op, group=group_id(group), user=user_id(user))
