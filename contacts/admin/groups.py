"""`xasup groups`: which groups there are, and what an administrator does about them, with the owner's rights."""

from __future__ import annotations

import click

from contacts.admin.desk import Desk, at_desk, confirm
from contacts.admin.facts import find_group, group_facts
from contacts.admin.values import display_name
from contacts.operations import chores, endings, listings
from contacts.operations import groups as operations
from contacts.operations.fields import Chore
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from xasup.protocol.errors import Code, Refused
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId, group_id, user_id
from xasup.runtime.output import emit, moment, say


@click.group()
def groups() -> None:
    """See and manage groups.

    \b
    Examples:
      xasup groups list
      xasup groups show hikers
    """


@groups.command()
@click.argument("group", type=group_id)
@click.argument("owner", type=user_id)
@click.argument("members", metavar="[MEMBER]...", type=user_id, nargs=-1)
@click.option("--name", metavar="NAME", type=display_name, help="Display name.  [default: the id]")
@at_desk
async def create(desk: Desk, group: GroupId, owner: UserId, members: tuple[UserId, ...], name: str | None) -> None:
    """Found GROUP for OWNER and invite each MEMBER, who must have accepted OWNER as a contact.

    \b
    Examples:
      xasup groups create hikers alice
      xasup groups create kites alice bob carol --name "Kite club"
    """
    operation = operations.create(group, owner, members, name=name or group, by=ADMIN, now=desk.now())
    invited = f", {', '.join(members)} invited" if members else ""
    await desk.answer(
        await perform(desk.truth, operation),
        f"group {group} is founded for {owner}{invited}",
        group=group,
        owner=owner,
        invited=list(members),
    )


@groups.command("list")
@click.option("--all", "everything", is_flag=True, help="Groups that ended too.")
@at_desk
async def list_(desk: Desk, everything: bool) -> None:
    """List groups as they come, in no order.

    \b
    Examples:
      xasup groups list
      xasup groups list --json
    """
    columns = [("group", 16), ("members", 7), ("invited", 7), ("created", 17), ("founder", 16), ("name", 1)]
    rows = desk.rows(columns)
    async for group, record in listings.all_groups(desk.truth):
        if record.deleted and not everything:
            continue
        members = "ended" if record.deleted else record.size.members
        cells = (group, members, record.size.invited, moment(record.created), record.by, record.name)
        rows.put(group_facts(group, record), *cells)


@groups.command()
@click.argument("group", type=group_id)
@at_desk
async def show(desk: Desk, group: GroupId) -> None:
    """Show who is in GROUP, and who is invited; with --json a line for the group, then one for each.

    \b
    Example:
      xasup groups show hikers
    """
    facts = group_facts(group, await find_group(desk, group))
    if desk.as_json:
        emit(facts)
    else:
        say(f"{group}: {facts['name']}, founded {moment(facts['created'])} by {facts['by']}")
    rows = desk.rows([("user", 16), ("role", 8), ("since", 1)])
    async for user, membership in listings.all_members(desk.truth, group):
        facts = {"user": user, "role": membership.role, "ts": membership.ts}
        rows.put(facts, user, membership.role, moment(membership.ts))


@groups.command()
@click.argument("group", type=group_id)
@click.argument("name", type=display_name)
@at_desk
async def rename(desk: Desk, group: GroupId, name: str) -> None:
    """Set the display NAME of GROUP; the id stays.

    \b
    Example:
      xasup groups rename hikers "Sunday hikers"
    """
    done = await perform(desk.truth, operations.rename(group, None, name, now=desk.now()))
    await desk.answer(done, f"group {group} is called {name}", group=group, name=name)


@groups.command()
@click.argument("group", type=group_id)
@click.argument("user", type=user_id)
@at_desk
async def remove(desk: Desk, group: GroupId, user: UserId) -> None:
    """Put USER out of GROUP, or take an invitation back. The owner stays: hand the group over first.

    \b
    Example:
      xasup groups remove hikers mallory
    """
    done = await perform(desk.truth, operations.remove(group, None, user, now=desk.now()))
    await desk.answer(done, f"{user} is not in {group} any more", group=group, user=user, role=Role.NONE)


@groups.command("hand-over")
@click.argument("group", type=group_id)
@click.argument("user", type=user_id)
@at_desk
async def hand_over(desk: Desk, group: GroupId, user: UserId) -> None:
    """Make USER, a member, the owner of GROUP.

    \b
    Example:
      xasup groups hand-over hikers bob
    """
    owner = await listings.owner_of(desk.truth, group)
    if owner is None:
        raise Refused(f"there is no group {group}", Code.UNKNOWN_GROUP)
    done = await perform(desk.truth, operations.hand_over(group, owner, user, now=desk.now(), by=ADMIN))
    await desk.answer(done, f"{user} owns {group}", group=group, user=user, role=Role.OWNER)


@groups.command()
@click.argument("group", type=group_id)
@click.option("--yes", is_flag=True, help="Do not ask.")
@at_desk
async def end(desk: Desk, group: GroupId, yes: bool) -> None:
    """End GROUP: all are put out. The id is never given again.

    \b
    Example:
      xasup groups end hikers --yes
    """
    await find_group(desk, group)
    confirm(f"End group {group}, for all its members? The id is never given again.", yes)
    now = desk.now()
    done = await perform(desk.truth, endings.end(group, now=now))
    done = await chores.finish(desk.truth, Chore.GROUP, group, now=now) or done
    await desk.answer(done, f"group {group} has ended", group=group, state="ended")
