"""Records of the truth: there and back again, and what each cell means for the directory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.strategies import counts, names, texts
from xasup.protocol import groups
from xasup.protocol.contacts import Edge, Policy, Side, Told
from xasup.protocol.directory import (
    DeviceRecord,
    Edit,
    Flag,
    Role,
    UserRecord,
    set_contact,
    set_device,
    set_member,
    set_user,
)
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId, DeviceId, GroupId, UserId
from xasup.protocol.records import Contact, Device, Group, Membership, Pending, User, edits_of

words = st.just("") | texts
flags = st.sampled_from([Flag(0), Flag.SUSPENDED, Flag.SERVICE, Flag.SUSPENDED | Flag.SERVICE])
records = st.one_of(
    st.builds(User, st.sampled_from(Policy), flags, counts, counts, words, counts, counts),
    st.builds(Device, st.binary(min_size=32, max_size=32), counts, counts, names, st.booleans(), words),
    st.builds(Contact, st.builds(Side, st.sampled_from(Edge), st.sampled_from(Told)), counts, words),
    st.builds(Group, texts, counts, names, st.builds(groups.Size, counts, counts), counts),
    st.builds(Membership, st.sampled_from(groups.Role), counts),
    st.builds(Pending, counts, words),
)
KINDS = [User, Device, Contact, Group, Membership, Pending]
ALICE, BOB = UserId("alice"), UserId("bob")


@given(records)
def test_a_record_survives_its_cell(record: User | Device | Contact | Group | Membership | Pending) -> None:
    assert type(record).decode(record.encode()) == record


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", [b"", b"{}", b"[]", b"\xff", b'{"ts":"soon","role":"boss","mine":1,"theirs":2}'])
def test_a_broken_cell_is_malformed(kind: type[User], cell: bytes) -> None:
    with pytest.raises(Malformed):
        kind.decode(cell)


@pytest.mark.parametrize(
    ("table", "field", "record", "edit"),
    [
        ("users", "alice", User(flags=Flag.SERVICE, rate=5, burst=9), set_user(ALICE, UserRecord(Flag.SERVICE, 5, 9))),
        ("users", "alice", User(deleted=1), set_user(ALICE, None)),
        ("users", "alice", None, set_user(ALICE, None)),
        (
            "devices:alice",
            "laptop",
            Device(bytes(32), 7),
            set_device(ClientId(ALICE, DeviceId("laptop")), DeviceRecord(bytes(32), 7)),
        ),
        ("devices:alice", "laptop", None, set_device(ClientId(ALICE, DeviceId("laptop")), None)),
        ("contacts:alice", "bob", Contact(Side(Edge.ACCEPTED)), set_contact(ALICE, BOB, True)),
        ("contacts:alice", "bob", Contact(Side(Edge.REVOKED, Told.ACCEPTED)), set_contact(ALICE, BOB, False)),
        ("contacts:alice", "bob", None, set_contact(ALICE, BOB, False)),
        ("members:hikers", "bob", Membership(groups.Role.MEMBER), set_member(GroupId("hikers"), BOB, Role.MEMBER)),
        ("members:hikers", "bob", Membership(groups.Role.INVITED), set_member(GroupId("hikers"), BOB, None)),
        ("members:hikers", "bob", None, set_member(GroupId("hikers"), BOB, None)),
    ],
)
def test_what_a_cell_means_for_the_broker(
    table: str, field: str, record: User | Device | Contact | Membership | None, edit: Edit
) -> None:
    assert edits_of([((table, field), record.encode() if record else None)]) == (edit,)


@pytest.mark.parametrize("edge", [edge for edge in Edge if edge is not Edge.ACCEPTED])
def test_no_edge_but_an_accepted_one_lets_anybody_through(edge: Edge) -> None:
    cell = (("contacts:alice", "bob"), Contact(Side(edge, Told.ACCEPTED)).encode())
    assert edits_of([cell]) == (set_contact(ALICE, BOB, False),)


@pytest.mark.parametrize(
    "table", ["groups", "memberships:alice", "seen:alice", "pending", "expiries", "positions", "usersx", ""]
)
def test_other_tables_do_not_concern_the_broker(table: str) -> None:
    assert edits_of([((table, "bob"), b"anything"), ((table, "bob"), None)]) == ()
