"""`xasup contacts`: who may write to whom, and what an administrator decides about it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import click

from contacts.admin.desk import Desk, Rows, at_desk
from contacts.admin.facts import find_user
from contacts.operations import contacts as operations
from contacts.operations import listings
from contacts.operations.operation import ADMIN, Operation
from contacts.operations.perform import perform
from xasup.protocol.contacts import Edge, Op
from xasup.protocol.errors import Code, Refused
from xasup.protocol.ids import UserId, user_id
from xasup.protocol.records import Contact
from xasup.runtime.output import moment
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell

_COLUMNS = [("user", 16), ("other", 16), ("mine", 8), ("theirs", 12), ("since", 17), ("greeting", 1)]
_BOTH_WAYS = (
    "this lets ACTOR write to OWNER only, so it is spelled --one-way. Both ways need both to agree: one asks, the other"
    " accepts; or, with the policy `admin`, `xasup contacts approve`"
)


@click.group()
def contacts() -> None:
    """See who may write to whom; approve, deny, revoke, allow.

    OWNER is whose mailbox it is, ACTOR who writes.

    \b
    Examples:
      xasup contacts list alice
      xasup contacts pending
    """


@contacts.command("list")
@click.argument("user", type=user_id, required=False)
@click.option("--state", type=click.Choice([str(edge) for edge in Edge]), help="Only where MINE is this.")
@at_desk
async def list_(desk: Desk, user: UserId | None, state: str | None) -> None:
    """List the contacts of USER, or of everybody, as they come, in no order.

    MINE is what USER decided about OTHER (accepted: OTHER may write to USER), THEIRS what USER was told of the other's.

    \b
    Examples:
      xasup contacts list alice
      xasup contacts list --state blocked
      xasup contacts list --json | wc -l
    """
    if user is not None:
        await find_user(desk, user)
    rows = desk.rows(_COLUMNS)
    async for me, other, contact in _contacts(desk, user):
        if state is None or contact.side.mine == state:
            _put(rows, me, other, contact)


@contacts.command()
@click.argument("one", metavar="A", type=user_id)
@click.argument("two", metavar="B", type=user_id)
@at_desk
async def show(desk: Desk, one: UserId, two: UserId) -> None:
    """Show both directions between A and B.

    MINE is what USER decided about OTHER (accepted: OTHER may write to USER), THEIRS what USER was told of the other's.
    Exit status 1 where neither has anything to do with the other.

    \b
    Example:
      xasup contacts show alice bob
    """
    cells = [Cell(tables.contacts(one), two), Cell(tables.contacts(two), one)]
    values = await desk.truth.get(cells)
    if not any(values):
        raise Refused(f"{one} and {two} have nothing to do with each other", Code.NOT_CONTACTS)
    rows = desk.rows(_COLUMNS)
    for (me, other), value in zip(((one, two), (two, one)), values, strict=True):
        _put(rows, me, other, Contact.decode(value) if value is not None else Contact())


@contacts.command()
@at_desk
async def pending(desk: Desk) -> None:
    """List the asks that wait for an administrator (policy `admin`).

    \b
    Examples:
      xasup contacts pending
      xasup contacts pending --json | jq -r '.owner + " " + .actor' | xargs -n 2 xasup contacts approve
    """
    rows = desk.rows([("owner", 16), ("actor", 16), ("since", 17), ("greeting", 1)])
    async for owner, actor, ask in listings.pending(desk.truth):
        facts = {"owner": owner, "actor": actor, "ts": ask.ts, "greeting": ask.greeting}
        rows.put(facts, owner, actor, moment(ask.ts), ask.greeting)


@contacts.command()
@click.argument("owner", type=user_id)
@click.argument("actor", type=user_id)
@at_desk
async def approve(desk: Desk, owner: UserId, actor: UserId) -> None:
    """Accept, for OWNER, the ask of ACTOR. Opens both directions.

    \b
    Example:
      xasup contacts approve school alice
    """
    operation = operations.approve(owner, actor, now=desk.now())
    await _decide(desk, operation, owner, actor, f"{owner} and {actor} may write to each other")


@contacts.command()
@click.argument("owner", type=user_id)
@click.argument("actor", type=user_id)
@at_desk
async def deny(desk: Desk, owner: UserId, actor: UserId) -> None:
    """Deny, for OWNER, the ask of ACTOR, who may ask again.

    \b
    Example:
      xasup contacts deny school mallory
    """
    operation = operations.act(Op.DENY, owner, actor, now=desk.now(), by=ADMIN)
    await _decide(desk, operation, owner, actor, f"{actor} is denied")


@contacts.command()
@click.argument("owner", type=user_id)
@click.argument("actor", type=user_id)
@at_desk
async def revoke(desk: Desk, owner: UserId, actor: UserId) -> None:
    """Close both directions between OWNER and ACTOR, from the next packet on.

    \b
    Example:
      xasup contacts revoke alice mallory
    """
    operation = operations.act(Op.REVOKE, owner, actor, now=desk.now(), by=ADMIN)
    await _decide(desk, operation, owner, actor, f"{owner} and {actor} may not write to each other any more")


@contacts.command()
@click.option("--one-way", is_flag=True, help="Needed: ACTOR may write to OWNER, not the other way round.")
@click.argument("owner", type=user_id)
@click.argument("actor", type=user_id)
@at_desk
async def allow(desk: Desk, one_way: bool, owner: UserId, actor: UserId) -> None:
    """Let ACTOR, a sensor say, write to OWNER without having asked. Where OWNER has blocked ACTOR, that stands.

    \b
    Example:
      xasup contacts allow --one-way alice thermometer
    """
    if not one_way:
        raise click.UsageError(_BOTH_WAYS)
    operation = operations.allow_one_way(owner, actor, now=desk.now())
    await _decide(desk, operation, owner, actor, f"{actor} may write to {owner}")


async def _decide(desk: Desk, operation: Operation, owner: UserId, actor: UserId, sentence: str) -> None:
    done = await perform(desk.truth, operation)
    mine, theirs = done.answer["mine"], done.answer["theirs"]
    await desk.answer(done, sentence, user=owner, other=actor, mine=mine, theirs=theirs)


async def _contacts(desk: Desk, user: UserId | None) -> AsyncIterator[tuple[UserId, UserId, Contact]]:
    if user is not None:
        async for other, contact in listings.all_contacts(desk.truth, user):
            yield user, other, contact
        return
    async for me, _ in listings.all_users(desk.truth):
        async for other, contact in listings.all_contacts(desk.truth, me):
            yield me, other, contact


def _put(rows: Rows, me: str, other: str, contact: Contact) -> None:
    side = contact.side
    facts = {"user": me, "other": other, "mine": side.mine, "theirs": side.theirs, "ts": contact.ts}
    cells = (me, other, side.mine, side.theirs, moment(contact.ts), contact.greeting)
    rows.put(facts | {"greeting": contact.greeting}, *cells)
