"""`xasup users`: who has an account."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from contacts.admin.desk import Desk, at_desk, confirm
from contacts.admin.facts import find_user, rate_facts, rate_of, state_of, user_facts
from contacts.admin.values import BURST, DEFAULT, burst_of, display_name
from contacts.admin.values import rate as rate_value
from contacts.operations import listings
from contacts.operations import users as operations
from xasup.protocol.contacts import Policy
from xasup.protocol.ids import UserId, user_id
from xasup.protocol.records import User
from xasup.runtime.output import emit, moment, say
from xasup.wire.truth import tables

POLICIES = click.Choice([str(policy) for policy in Policy])


@click.group()
def users() -> None:
    """Create, list, show, suspend and delete users.

    \b
    Examples:
      xasup users create alice --name "Alice Ash"
      xasup users list
    """


@users.command()
@click.argument("user", type=user_id)
@click.option("--name", metavar="NAME", type=display_name, default="", help="Display name; free text.")
@click.option("--policy", type=POLICIES, default=Policy.ASK.value, show_default=True, help="Who opens the mailbox.")
@click.option("--rate", type=rate_value, default=DEFAULT, metavar="N|none|default", help="Most messages a second.")
@click.option("--burst", type=BURST, help="Most messages at once.  [default: as --rate]")
@at_desk
async def create(desk: Desk, user: UserId, name: str, policy: str, rate: int, burst: int | None) -> None:
    """Create USER, who then needs a device: `xasup devices create`.

    Policies: ask, the user decides who may write; auto, everybody who asks may (for devices); admin, an administrator
    approves (`xasup contacts pending`).

    \b
    Examples:
      xasup users create alice --name "Alice Ash"
      xasup users create lamp --policy auto --rate 20
    """
    now, depth = desk.now(), burst_of(rate, burst)
    record = User(Policy(policy), rate=rate, burst=depth, name=name, created=now)
    done = await operations.create(desk.truth, user, now=now, policy=record.policy, rate=rate, burst=depth, name=name)
    await desk.answer(done, f"{user} is created", **user_facts(desk, user, record))


@users.command("list")
@click.option("--all", "everyone", is_flag=True, help="Services and deleted users too.")
@at_desk
async def list_(desk: Desk, everyone: bool) -> None:
    """List users as they come, in no order.

    \b
    Examples:
      xasup users list
      xasup users list --all --json | jq -r 'select(.state == "suspended") | .user'
    """
    columns = [("user", 16), ("state", 9), ("policy", 6), ("rate", 6), ("created", 17), ("name", 1)]
    rows = desk.rows(columns)
    async for user, record in listings.all_users(desk.truth):
        if not everyone and state_of(record) in ("service", "deleted"):
            continue
        limit = rate_of(desk, record)
        rate = limit.rate if limit else "-"
        cells = (user, state_of(record), record.policy, rate, moment(record.created), record.name)
        rows.put(user_facts(desk, user, record), *cells)


@users.command()
@click.argument("user", type=user_id)
@at_desk
async def show(desk: Desk, user: UserId) -> None:
    """Show USER with devices, groups and how many contacts.

    \b
    Examples:
      xasup users show alice
      xasup users show alice --json
    """
    record = await find_user(desk, user)
    devices = [device async for device, _ in desk.truth.scan(tables.devices(user))]
    groups = [group async for group, _ in desk.truth.scan(tables.memberships(user))]
    edges: Counter[str] = Counter()
    async for _, contact in listings.all_contacts(desk.truth, user):
        edges[str(contact.side.mine)] += 1
    facts = user_facts(desk, user, record) | {
        "devices": sorted(devices),
        "groups": sorted(groups),
        "contacts": dict(edges),
    }
    if desk.as_json:
        emit(facts)
    else:
        _describe(
            facts | {"created": moment(record.created), "contacts": [f"{edges[it]} {it}" for it in sorted(edges)]}
        )


@users.command()
@click.argument("user", type=user_id)
@at_desk
async def suspend(desk: Desk, user: UserId) -> None:
    """Shut USER out, live sessions included, until `resume`. Nothing is deleted.

    \b
    Example:
      xasup users suspend mallory
    """
    await desk.answer(
        await operations.suspend(desk.truth, user, now=desk.now()), f"{user} is suspended", user=user, state="suspended"
    )


@users.command()
@click.argument("user", type=user_id)
@at_desk
async def resume(desk: Desk, user: UserId) -> None:
    """Let a suspended USER in again.

    \b
    Example:
      xasup users resume mallory
    """
    await desk.answer(
        await operations.resume(desk.truth, user, now=desk.now()), f"{user} is active", user=user, state="active"
    )


@users.command()
@click.argument("user", type=user_id)
@click.option("--yes", is_flag=True, help="Do not ask.")
@at_desk
async def delete(desk: Desk, user: UserId, yes: bool) -> None:
    """Delete USER with all devices, contacts and memberships. The id is never given again.

    \b
    Examples:
      xasup users delete mallory
      xasup users delete mallory --yes
    """
    await find_user(desk, user)
    confirm(f"Delete {user}, with all devices, contacts and memberships? The id is never given again.", yes)
    await desk.answer(
        await operations.delete(desk.truth, user, now=desk.now()), f"{user} is deleted", user=user, state="deleted"
    )


@users.command()
@click.argument("user", type=user_id)
@click.argument("policy", type=POLICIES)
@at_desk
async def policy(desk: Desk, user: UserId, policy: str) -> None:
    """Set who opens the mailbox of USER: ask (the user), auto (open to all who ask), admin (an administrator).

    \b
    Example:
      xasup users policy lamp auto
    """
    done = await operations.set_policy(desk.truth, user, Policy(policy), now=desk.now())
    await desk.answer(done, f"the policy of {user} is {policy}", user=user, policy=policy)


@users.command()
@click.argument("user", type=user_id)
@click.argument("rate", type=rate_value)
@click.option("--burst", type=BURST, help="Most messages at once.  [default: as RATE]")
@at_desk
async def rate(desk: Desk, user: UserId, rate: int, burst: int | None) -> None:
    """Set how many messages a second the broker takes from USER: a number, none or default.

    With none there is no limit; with default it is what everybody has (`xasup up --rate`).

    \b
    Examples:
      xasup users rate sensor 5
      xasup users rate sensor 5 --burst 50
      xasup users rate gateway none
    """
    depth = burst_of(rate, burst)
    done = await operations.set_rate(desk.truth, user, rate, depth, now=desk.now())
    facts = rate_facts(desk, User(rate=rate, burst=depth))
    limit = f"{facts['rate']} a second, {facts['burst']} at once" if facts["rate"] else "unlimited"
    await desk.answer(done, f"the rate of {user} is {limit}", user=user, **facts)


@users.command()
@click.argument("user", type=user_id)
@click.argument("name", type=display_name)
@at_desk
async def rename(desk: Desk, user: UserId, name: str) -> None:
    """Set the display NAME of USER; the id stays.

    \b
    Example:
      xasup users rename alice "Alice Birch"
    """
    done = await operations.rename(desk.truth, user, name, now=desk.now())
    await desk.answer(done, f"{user} is called {name}", user=user, name=name)


def _describe(facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        text = ", ".join(value) if isinstance(value, list) else str(value)
        say(f"{name:<9} {text or '-'}")
