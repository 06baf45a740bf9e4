"""What administrators do to users: create, suspend, resume, delete, set policy and rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from contacts.operations import chores, devices
from contacts.operations.fields import Chore, chore
from contacts.operations.operation import ADMIN, Draft, Facts, Operation
from contacts.operations.perform import Done, perform
from xasup.protocol.changes import Notice
from xasup.protocol.contacts import Policy
from xasup.protocol.directory import NO_FLAGS, Flag
from xasup.protocol.errors import Code, Refused
from xasup.protocol.ids import ClientId, DeviceId, UserId, person_id
from xasup.protocol.records import Device, User
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Truth

SERVICE = "users"


async def create(
    truth: Truth, user: UserId, *, now: int, policy: Policy = Policy.ASK, rate: int = 0, burst: int = 0, name: str = ""
) -> Done:
    """A new user. Raises Refused where the id is taken, or was; Malformed for a service's name."""
    record = User(policy, NO_FLAGS, rate, burst, name, created=now)

    def judge(facts: Facts) -> Draft:
        if (taken := facts.user(person_id(user))) is not None:
            was = "belonged to a deleted user, and ids are never given again" if taken.deleted else "exists"
            raise Refused(f"user {user} {was}; choose another id", Code.NAME_TAKEN)
        return Draft({_cell(user): record.encode()})

    return await perform(truth, _operation("create", user, now, judge))


async def suspend(truth: Truth, user: UserId, *, now: int) -> Done:
    """All devices of the user are shut out, live ones disconnected, until resume()."""
    known = [DeviceId(device) async for device, _ in truth.scan(tables.devices(user))]
    endings = tuple(devices.disconnect(ClientId(user, device)) for device in known)
    return await _change(truth, "suspend", user, now, lambda it: replace(it, flags=it.flags | Flag.SUSPENDED), endings)


async def resume(truth: Truth, user: UserId, *, now: int) -> Done:
    """Undo suspend()."""
    return await _change(truth, "resume", user, now, lambda it: replace(it, flags=it.flags & ~Flag.SUSPENDED))


async def set_rate(truth: Truth, user: UserId, rate: int, burst: int, *, now: int) -> Done:
    """*rate*: publishes a second (0: as everybody, NO_RATE: unlimited); *burst*: how many at once."""
    return await _change(truth, "rate", user, now, lambda it: replace(it, rate=rate, burst=burst))


async def rename(truth: Truth, user: UserId, name: str, *, now: int) -> Done:
    """Change the display name."""
    return await _change(truth, "rename", user, now, lambda it: replace(it, name=name))


async def set_policy(truth: Truth, user: UserId, policy: Policy, *, now: int) -> Done:
    """How the user's mailbox opens; asks that wait now wait for the one whom the new policy names."""
    due: dict[Cell, bytes | None] = {Cell(tables.CHORES, chore(Chore.POLICY, user)): str(now).encode()}
    done = await _change(truth, "policy", user, now, lambda it: replace(it, policy=policy), (), due)
    return await chores.finish(truth, Chore.POLICY, user, now=now) or done


async def delete(truth: Truth, user: UserId, *, now: int) -> Done:
    """From the first step on the user can do nothing; then devices, contacts and memberships end, in bounded steps. The
    id is never given again. Repeating it finishes what was cut off."""
    due: dict[Cell, bytes | None] = {Cell(tables.CHORES, chore(Chore.USER, user)): str(now).encode()}

    def judge(facts: Facts) -> Draft:
        record = facts.user(user)
        if record is not None and record.deleted:
            return Draft()
        return Draft({_cell(user): replace(facts.person(user), deleted=now).encode()} | due)

    done = await perform(truth, _operation("delete", user, now, judge))
    return await chores.finish(truth, Chore.USER, user, now=now) or done


async def ensure_service(truth: Truth, client: ClientId, token: str, *, now: int) -> Done:
    """The account of a service exists and has just this token."""
    here, device = _cell(client.user), Cell(tables.devices(client.user), client.device)

    def judge(facts: Facts) -> Draft:
        known = facts.device(client.user, client.device)
        if facts.user(client.user) is not None and known and known.token_sha256 == devices.hash_of(token):
            return Draft()
        record = Device(devices.hash_of(token), 0, now, ADMIN)
        return Draft({here: User(flags=Flag.SERVICE, created=now).encode(), device: record.encode()})

    return await perform(truth, Operation(f"{SERVICE}.service", ADMIN, now, (str(client),), (here, device), judge))


async def _change(
    truth: Truth,
    name: str,
    user: UserId,
    now: int,
    edit: Callable[[User], User],
    endings: Sequence[Notice] = (),
    due: dict[Cell, bytes | None] | None = None,
) -> Done:
    def judge(facts: Facts) -> Draft:
        before = facts.person(user)
        after = edit(before)
        return Draft({_cell(user): after.encode()} | (due or {}), last=tuple(endings)) if after != before else Draft()

    return await perform(truth, _operation(name, user, now, judge))


def _cell(user: UserId) -> Cell:
    return Cell(tables.USERS, user)


def _operation(name: str, user: UserId, now: int, judge: Callable[[Facts], Draft]) -> Operation:
    return Operation(f"{SERVICE}.{name}", ADMIN, now, (user,), (_cell(user),), judge)
