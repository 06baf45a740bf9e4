"""One group: who is in it, and what its members and its owner can do. Refuses to know how it is drawn (circle.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from tui_client.circle import group_lines, leaving, may_leave
from tui_client.engine import Engine
from tui_client.screens.board import Board
from tui_client.screens.pick import Pick
from tui_client.spans import Line
from tui_client.view import View
from xasup.client.events import Event, GroupChanged, MemberChanged, PresenceChanged
from xasup.client.values import Group, Member
from xasup.protocol.errors import Malformed
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId


class GroupBoard(Board[None]):
    """*view*: gives what is shown beneath, as it is then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("i", "invite", "invite"),
        ("r", "rename", "rename"),
        ("x,delete", "remove", "remove"),
        ("o", "hand_over", "hand over"),
        ("l", "leave", "leave"),
    ]
    TITLE = "Group"

    def __init__(self, engine: Engine, group: GroupId, view: Callable[[], View]) -> None:
        super().__init__()
        self._engine, self._about, self._view = engine, group, view
        self._members: list[Member] = []

    def keys(self) -> str:
        own = "i invite · r rename · x remove · o hand over · " if self._group.role is Role.OWNER else ""
        return f"{own}l leave · Esc close"

    def lines(self, cells: int) -> Sequence[Line]:
        return group_lines(self._group, self._members, self._view(), cells)

    async def load(self) -> None:
        self._members = await self._engine.members(self._about)

    def hear(self, event: Event) -> None:
        if isinstance(event, GroupChanged | MemberChanged):
            self.reload()
        elif isinstance(event, PresenceChanged):
            self.draw()

    def action_invite(self) -> None:
        self.work(self._invite())

    def action_rename(self) -> None:
        self.work(self._rename())

    def action_remove(self) -> None:
        self.work(self._remove(self.cursor))

    def action_hand_over(self) -> None:
        self.work(self._hand_over(self.cursor))

    def action_leave(self) -> None:
        self.work(self._leave())

    async def _invite(self) -> None:
        inside = {member.user for member in self._members}
        names = [name for name in contacts(self._view()) if name not in inside]
        if not names:
            raise Malformed("all your contacts are in this group or invited")
        for name in await self.app.push_screen_wait(Pick("Invite whom?", names)) or ():
            await self.underway(f"inviting {name}", self._engine.invite(self._about, name), f"{name} is invited")

    async def _rename(self) -> None:
        name = await self.ask("A new name for this group:", self._group.name)
        if name:
            await self.underway("renaming", self._engine.rename_group(self._about, name), f"it is called {name}")

    async def _remove(self, user: str) -> None:
        if user and await self.confirm(f"Remove {user}? They get nothing more of this group."):
            await self.underway(f"removing {user}", self._engine.remove(self._about, user), f"{user} is removed")

    async def _hand_over(self, user: str) -> None:
        if user and await self.confirm(f"Make {user} the owner? You stay as a member, and cannot take it back."):
            await self.underway("handing over", self._engine.hand_over(self._about, user), f"{user} owns the group now")

    async def _leave(self) -> None:
        if not may_leave(self._group, self._members):
            raise Malformed("you own this group and others are in it; hand it over first: o on a member")
        if await self.confirm(leaving(self._group)):
            self.say("leaving …")
            await self._engine.leave(self._about)
            self.dismiss(None)

    @property
    def _group(self) -> Group:
        return self._view().groups.get(self._about, Group(self._about))


def contacts(view: View) -> list[str]:
    """Those that I may write to, by name."""
    return sorted(user for user in view.contacts if view.standing(user).writable)
