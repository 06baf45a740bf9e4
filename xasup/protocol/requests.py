"""Requests to services: what a stranger may send to `svc/{service}/request/{me}`, checked field by field at the door.

Every request carries an `id` chosen by its sender; the same id with the same content is answered again and done once.
Who asks is the topic's actor, which the broker guarantees; therefore no request has a field for it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema

from xasup.protocol import ids
from xasup.protocol.codec import decode_object
from xasup.protocol.contacts import Op
from xasup.protocol.envelope import id_of as id_of  # here too: the id of a request that may be malformed otherwise
from xasup.protocol.errors import Malformed

MAX_PAGE = 500
MAX_LABEL = 64  # characters of a device's label


def _conversation(text: str) -> str:
    return text[:2] + ids.group_id(text[2:]) if text.startswith("g:") else ids.user_id(text)


def _told(pattern: str) -> WithJsonSchema:
    """For readers of the schema alone: what is refused is refused by the validator, which says why."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


User = Annotated[str, AfterValidator(ids.user_id), _told(ids.NAME_PATTERN)]
Group = Annotated[str, AfterValidator(ids.group_id), _told(ids.NAME_PATTERN)]
Device = Annotated[str, AfterValidator(ids.device_id), _told(ids.NAME_PATTERN)]
RequestId = Annotated[str, AfterValidator(ids.message_id), _told(ids.MESSAGE_ID_PATTERN)]
Conversation = Annotated[str, AfterValidator(_conversation), _told(f"(g:)?{ids.NAME_PATTERN}")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
DisplayName = Annotated[str, Field(min_length=1, max_length=128)]


class Request(BaseModel):
    """The base: unknown fields are refused, so that a misspelled one is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    id: RequestId


class Page(Request):
    """A listing, continued with the `next` of the answer before."""

    after: str = Field("", max_length=100)
    limit: int = Field(100, ge=1, le=MAX_PAGE)


class Ask(Request):
    """Ask *user* to be a contact, with a line of greeting."""

    op: Literal["ask"]
    user: User
    greeting: str = Field("", max_length=500)


class Decide(Request):
    """Answer, end or refuse a relation with *user*."""

    op: Literal["accept", "deny", "revoke", "block", "unblock"]
    user: User


class ListContacts(Page):
    """My contacts, each with `mine` and `theirs`."""

    op: Literal["list"]


class CreateGroup(Request):
    """Found a group; its members are invited."""

    op: Literal["create"]
    group: Group
    name: DisplayName | None = None
    members: list[User] | None = Field(None, min_length=1, max_length=100)


class RenameGroup(Request):
    """Change the display name."""

    op: Literal["rename"]
    group: Group
    name: DisplayName


class AboutMember(Request):
    """What an owner does about one user: invite a contact, remove a member, hand the group over."""

    op: Literal["invite", "remove", "hand-over"]
    group: Group
    user: User


class AboutMe(Request):
    """Join where invited; leave, or decline."""

    op: Literal["join", "leave"]
    group: Group


class ListGroups(Page):
    """The groups where I am a member or invited."""

    op: Literal["list"]


class ListMembers(Page):
    """Who is in the group."""

    op: Literal["members"]
    group: Group


class LinkDevice(Request):
    """Link another device of mine. I made its token; only the hash travels. *code*: what I made is a link code, which
    lasts a minute by the service's clock."""

    op: Literal["link"]
    device: Device
    token_sha256: Sha256
    expires: int = Field(0, ge=0, lt=1 << 53)
    code: bool = False


class ClaimDevice(Request):
    """I connected with a link code: from now on I am this device, with a token that I made."""

    op: Literal["claim"]
    device: Device
    code_sha256: Sha256
    token_sha256: Sha256


class RenameDevice(Request):
    """Change what a device of mine is called; empty: by its id alone."""

    op: Literal["rename"]
    device: Device
    label: str = Field(max_length=MAX_LABEL)


class RevokeDevice(Request):
    """End a device of mine: its session too."""

    op: Literal["revoke"]
    device: Device


class ListDevices(Page):
    """My devices, each with expiry and last seen."""

    op: Literal["list"]


class Since(Request):
    """What my mailboxes hold after *position* (absent: from the beginning), oldest first; *with_*, spelled `with`: only
    the conversation with this user, or `g:{group}`; *count*: tell how much is left after this page."""

    op: Literal["since"]
    position: str | None = Field(None, max_length=100)
    with_: Conversation | None = Field(None, alias="with")
    limit: int = Field(100, ge=1, le=MAX_PAGE)
    count: bool = False


class States(Request):
    """Who saw my message *message*, or one that came to me, and when. *sender*: who wrote it; absent: I did."""

    op: Literal["states"]
    message: RequestId
    sender: User | None = None


type_of: dict[str, TypeAdapter[Request]] = {
    "contacts": TypeAdapter(Annotated[Ask | Decide | ListContacts, Field(discriminator="op")]),
    "groups": TypeAdapter(
        Annotated[
            CreateGroup | RenameGroup | AboutMember | AboutMe | ListGroups | ListMembers, Field(discriminator="op")
        ]
    ),
    "devices": TypeAdapter(
        Annotated[LinkDevice | ClaimDevice | RenameDevice | RevokeDevice | ListDevices, Field(discriminator="op")]
    ),
    "history": TypeAdapter(Annotated[Since | States, Field(discriminator="op")]),
}


def parse(service: str, payload: bytes) -> Request:
    """The request to *service* in *payload*. Raises Malformed, naming the field and what was expected."""
    fields = decode_object(payload)
    try:
        return type_of[service].validate_python(fields)
    except ValidationError as error:
        raise Malformed(_sentence(error)) from None


def contact_op(request: Ask | Decide) -> Op:
    """The operation in the words of the rules."""
    return Op(request.op)


def _sentence(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False)[0]
    if not first["loc"]:  # of the union itself: no field but `op` decides there
        ops = first["ctx"].get("expected_tags", "a known operation")
        return f"op: expected one of {ops}, got {_spelled(first['input'].get('op'))}"
    _, *path = first["loc"]  # the first part is the value of `op`
    where = ".".join(map(str, path))
    if first["type"] == "missing":
        return f"{where}: expected, and missing"
    return f"{where}: {first['msg'].removeprefix('Value error, ')} (got {_spelled(first['input'])})"


def _spelled(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:80]
