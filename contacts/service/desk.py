"""What a request asks for: an operation, or a listing. The one place where words of the wire meet operations."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable
from typing import Any

from contacts.operations import contacts, devices, groups, listings
from contacts.operations.operation import Asked, Operation
from xasup.protocol import codec, requests
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId, DeviceId, GroupId, UserId
from xasup.protocol.requests import Request
from xasup.wire.truth.port import Truth

SERVICES = ("contacts", "groups", "devices")


def keys(request: Request, actor: UserId) -> tuple[str, ...]:
    """What must not run beside it: other requests of the same user, and those about the same group."""
    group = getattr(request, "group", None)
    return (f"u/{actor}", f"g/{group}") if group is not None else (f"u/{actor}",)


def asked(service: str, actor: UserId, request: Request) -> Asked:
    """The request as what an answer is recorded for; its content is all but its id."""
    content = codec.encode(request.model_dump(exclude={"id"}))
    return Asked(service, actor, request.id, op(request), hashlib.sha256(content).digest())


def operation(request: Request, me: UserId, now: int) -> Operation | None:
    """What is to be done; None for a listing. Raises Refused, Malformed."""
    match request:
        case requests.Ask():
            return contacts.act(
                requests.contact_op(request), me, UserId(request.user), now=now, greeting=request.greeting
            )
        case requests.Decide():
            return contacts.act(requests.contact_op(request), me, UserId(request.user), now=now)
        case requests.CreateGroup() | requests.RenameGroup() | requests.AboutMember() | requests.AboutMe():
            return _about_group(request, me, GroupId(request.group), now)
        case requests.LinkDevice() | requests.ClaimDevice() | requests.RenameDevice() | requests.RevokeDevice():
            return _about_device(request, ClientId(me, DeviceId(request.device)), now)
        case _:
            return None


def listing(truth: Truth, request: Request, me: UserId) -> Awaitable[dict[str, Any]]:
    """The fields of the answer to a request that is no operation."""
    match request:
        case requests.ListContacts():
            return listings.contacts(truth, me, request.after, request.limit)
        case requests.ListGroups():
            return listings.groups(truth, me, request.after, request.limit)
        case requests.ListMembers():
            return listings.members(truth, GroupId(request.group), me, request.after, request.limit)
        case requests.ListDevices():
            return listings.devices(truth, me, request.after, request.limit)
        case _:
            raise AssertionError(f"a request that nobody serves: {request!r}")


def _about_device(request: Request, client: ClientId, now: int) -> Operation:
    me = client.user
    match request:
        case requests.LinkDevice(code=True, expires=0):
            return devices.link_code(client, bytes.fromhex(request.token_sha256), by=me, now=now)
        case requests.LinkDevice(code=True):
            raise Malformed("expires: expected none with a code, which lasts a minute by the service's clock")
        case requests.LinkDevice():
            return devices.link(client, bytes.fromhex(request.token_sha256), by=me, now=now, expires=request.expires)
        case requests.ClaimDevice():
            hashes = bytes.fromhex(request.code_sha256), bytes.fromhex(request.token_sha256)
            return devices.claim(client, *hashes, by=me, now=now)
        case requests.RenameDevice():
            return devices.rename(client, request.label, by=me, now=now)
        case _:
            return devices.revoke(client, by=me, now=now)


def _about_group(request: Request, me: UserId, group: GroupId, now: int) -> Operation:
    match request:
        case requests.CreateGroup():
            members = [UserId(member) for member in request.members or ()]
            return groups.create(group, me, members, name=request.name or group, by=me, now=now)
        case requests.RenameGroup():
            return groups.rename(group, me, request.name, now=now)
        case requests.AboutMember(op="invite"):
            return groups.invite(group, me, UserId(request.user), now=now)
        case requests.AboutMember(op="remove"):
            return groups.remove(group, me, UserId(request.user), now=now)
        case requests.AboutMember():
            return groups.hand_over(group, me, UserId(request.user), now=now)
        case requests.AboutMe(op="join"):
            return groups.join(group, me, now=now)
        case _:
            return groups.leave(group, me, now=now)


def op(request: Request) -> str:
    """The word for what is asked."""
    return str(getattr(request, "op", ""))
