"""Directory records and changes come back from their bytes; wrong bytes are Malformed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol import strategies
from xasup.protocol import changes, directory
from xasup.protocol.changes import Change, Notice
from xasup.protocol.directory import DeviceRecord, Edit, Flag, MemoryDirectory, Role, UserRecord
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId, GroupId, UserId

u32 = st.integers(0, (1 << 32) - 1)
user_records = st.builds(UserRecord, st.sampled_from([Flag(0), Flag.SUSPENDED, Flag.SERVICE]), u32, u32)
device_records = st.builds(DeviceRecord, st.binary(min_size=32, max_size=32), st.integers(0, (1 << 64) - 1))
edits = st.builds(Edit, st.text(max_size=60).map(str.encode), st.none() | st.binary(max_size=60))
notices = st.builds(Notice, strategies.names, strategies.names, st.dictionaries(strategies.names, strategies.texts))


@given(user_records, device_records)
def test_records_come_back(user: UserRecord, device: DeviceRecord) -> None:
    assert UserRecord.unpack(user.pack()) == user
    assert DeviceRecord.unpack(device.pack()) == device


@given(st.binary(max_size=60))
def test_other_bytes_are_malformed(data: bytes) -> None:
    for record, size in ((UserRecord, 12), (DeviceRecord, 40)):
        if len(data) != size:
            with pytest.raises(Malformed):
                record.unpack(data)


@given(
    st.builds(
        Change,
        strategies.names,
        strategies.names,
        strategies.counts,
        st.lists(strategies.names, max_size=3).map(tuple),
        st.lists(edits, max_size=4).map(tuple),
        st.lists(notices, max_size=3).map(tuple),
    )
)
def test_changes_come_back(change: Change) -> None:
    assert changes.decode(changes.encode(change)) == change


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"what":1,"by":1,"ts":1,"subject":1,"edits":1,"notices":1}'])
def test_other_bytes_are_not_changes(data: bytes) -> None:
    with pytest.raises(Malformed):
        changes.decode(data)


def test_the_memory_directory_answers_what_was_applied() -> None:
    alice, bob, laptop = UserId("alice"), UserId("bob"), ClientId.parse("alice:laptop")
    twin = MemoryDirectory()
    assert twin.user(alice) is None and twin.device(laptop) is None
    twin.apply(
        [
            directory.set_user(alice, UserRecord(rate=5)),
            directory.set_device(laptop, DeviceRecord(b"x" * 32)),
            directory.set_contact(bob, alice, True),
            directory.set_member(GroupId("hikers"), alice, Role.OWNER),
        ]
    )
    assert twin.user(alice) == UserRecord(rate=5)
    assert twin.device(laptop) == DeviceRecord(b"x" * 32)
    assert twin.accepts(bob, alice) and not twin.accepts(alice, bob)
    assert twin.role(GroupId("hikers"), alice) is Role.OWNER
    twin.apply([directory.set_contact(bob, alice, False), directory.set_member(GroupId("hikers"), alice, None)])
    assert not twin.accepts(bob, alice) and twin.role(GroupId("hikers"), alice) is None
