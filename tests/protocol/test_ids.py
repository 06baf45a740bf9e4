"""Names are parsed at the door: what is not a name never gets in, and says what was expected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol import strategies
from xasup.protocol import ids
from xasup.protocol.errors import Malformed


@given(strategies.names)
def test_a_name_is_itself(name: str) -> None:
    assert ids.user_id(name) == ids.device_id(name) == ids.group_id(name) == name


@given(strategies.not_names)
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(Malformed, match="expected 1 to 32"):
        ids.user_id(text)


@pytest.mark.parametrize("name", [*ids.SERVICES, "svc-anything", "svc-"])
def test_people_cannot_take_the_names_of_services(name: str) -> None:
    with pytest.raises(Malformed, match="belongs to a service"):
        ids.person_id(name)


@given(strategies.users, strategies.devices)
def test_client_ids_come_back(user: ids.UserId, device: ids.DeviceId) -> None:
    client = ids.ClientId(user, device)
    assert ids.ClientId.parse(str(client)) == client


@pytest.mark.parametrize("text", ["alice", "alice:", ":laptop", "alice:lap:top", "Alice:laptop"])
def test_broken_client_ids_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        ids.ClientId.parse(text)


@given(st.integers(0, (1 << 48) - 1), st.integers(0, (1 << 74) - 1))
def test_uuid7_is_a_message_id_that_sorts_by_time(ms: int, dice: int) -> None:
    made = ids.uuid7(ms, dice)
    assert ids.message_id(made) == made
    assert made[14] == "7" and made[19] in "89ab"
    assert int(made.replace("-", "")[:12], 16) == ms
