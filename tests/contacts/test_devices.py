"""Devices from the operation to what the broker lets pass."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contacts.operations import devices
from contacts.operations.operation import ADMIN
from tests.contacts.world import NOW, World, refused
from xasup.protocol import access, events
from xasup.protocol.access import Reason
from xasup.protocol.errors import Code, Malformed
from xasup.protocol.ids import UserId
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Step

ALICE, BOB = UserId("alice"), UserId("bob")
TOKEN = devices.token(bytes(range(32)))
LAPTOP = World.client("alice", "laptop")
SECOND = 1000


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.people("alice", "bob")
    yield world


def enters(world: World, token: str = TOKEN, device: str = "laptop") -> bool:
    client = World.client("alice", device)
    return access.may_connect(client, "alice", token, world.directory, world.now // SECOND) is Reason.OK


async def link(world: World, device: str = "laptop", **fields: Any) -> dict[str, Any]:
    digest = devices.hash_of(TOKEN).hex()
    return await world.ask("alice", "devices", op="link", device=device, token_sha256=digest, **fields)


def test_a_token_has_256_bits_and_is_safe_in_urls() -> None:
    assert len(TOKEN) == 43
    assert set(TOKEN) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert devices.token(bytes(32)) != devices.token(bytes(31) + b"\x01")
    with pytest.raises(ValueError, match="32 random bytes"):
        devices.token(b"short")


async def test_a_linked_device_is_let_in_and_the_token_is_nowhere_in_the_truth(world: World) -> None:
    assert not enters(world)
    answer = await link(world)
    assert (answer["device"], answer["expires"]) == ("laptop", 0)
    assert enters(world)
    assert world.news("alice", "device") == [
        {"event": "device", "device": "laptop", "linked": True, "by": "alice", "ts": NOW}
    ]
    assert TOKEN.encode() not in b"".join([value async for _, value in world.truth.scan(tables.devices("alice"))])


async def test_a_revoked_device_is_out_and_its_connection_ends_after_the_answer(world: World) -> None:
    await link(world)
    await world.ask("alice", "devices", op="revoke", device="laptop")
    assert not enters(world)
    assert world.mail["broker"] == [events.disconnect("alice:laptop")]
    assert [notice.topic.split("/")[3] for notice in world.changes[-1].notices] == ["alice", "alice", "broker"]
    assert await refused(world.ask("alice", "devices", op="revoke", device="laptop")) is Code.UNKNOWN_DEVICE


async def test_a_device_name_is_taken_until_it_is_revoked_or_expired(world: World) -> None:
    await link(world, expires=NOW // SECOND + 60)
    assert await refused(link(world)) is Code.NAME_TAKEN
    world.now += 60 * SECOND
    assert not enters(world)
    await link(world)
    assert enters(world)


async def test_an_expiry_in_the_past_is_pointed_out(world: World) -> None:
    with pytest.raises(Malformed) as caught:
        await link(world, expires=NOW // SECOND)
    assert "expires" in str(caught.value)


async def test_an_expired_device_is_disconnected_once(world: World) -> None:
    expires = NOW // SECOND + 60
    await link(world, expires=expires)
    assert [cell async for cell in world.truth.scan(tables.EXPIRIES)] == [("alice:laptop", str(expires).encode())]
    assert (await world.do(devices.expire(LAPTOP, expires, now=world.now))).fresh
    assert world.mail["broker"] == [events.disconnect("alice:laptop")]
    assert not (await world.do(devices.expire(LAPTOP, expires, now=world.now))).fresh
    assert len(world.mail["broker"]) == 1


async def test_a_device_that_was_linked_anew_is_not_ended_for_its_old_expiry(world: World) -> None:
    await link(world, expires=NOW // SECOND + 60)
    world.now += 61 * SECOND
    await link(world)
    assert not (await world.do(devices.expire(LAPTOP, NOW // SECOND + 60, now=world.now))).fresh
    assert "broker" not in world.mail


async def test_devices_are_listed_with_when_they_were_seen(world: World) -> None:
    await link(world)
    await world.truth.commit(Step(put={Cell(tables.seen("alice"), "laptop"): str(NOW).encode()}))
    found = (await world.ask("alice", "devices", op="list"))["devices"]
    assert {it["device"]: (it["seen"], it["by"]) for it in found} == {"laptop": (NOW, "alice"), "phone": (0, "admin")}


async def test_an_administrator_links_a_device(world: World) -> None:
    await world.do(devices.link(LAPTOP, devices.hash_of(TOKEN), by=ADMIN, now=NOW))
    assert enters(world)
    unknown = World.client("nobody", "laptop")
    attempt = world.do(devices.link(unknown, devices.hash_of(TOKEN), by=ADMIN, now=NOW))
    assert await refused(attempt) is Code.UNKNOWN_USER


# ---- link codes

CODE, MINUTE = "c0de-of-22-characters_", 60 * SECOND


async def link_code(world: World, code: str = CODE, device: str = "tablet") -> dict[str, Any]:
    digest = devices.hash_of(code).hex()
    return await world.ask("alice", "devices", op="link", device=device, token_sha256=digest, code=True)


async def claim(world: World, code: str = CODE, token: str = TOKEN, actor: str = "alice") -> dict[str, Any]:
    hashes = {"code_sha256": devices.hash_of(code).hex(), "token_sha256": devices.hash_of(token).hex()}
    return await world.ask(actor, "devices", op="claim", device="tablet", **hashes)


async def listed(world: World, device: str = "tablet") -> dict[str, Any] | None:
    found = (await world.ask("alice", "devices", op="list"))["devices"]
    return next((it for it in found if it["device"] == device), None)


async def test_a_code_lets_in_for_a_minute_and_becomes_a_device_for_good(world: World) -> None:
    answer = await link_code(world)
    assert answer["expires"] == NOW // SECOND + 60
    assert world.news("alice", "device") == [events.device("tablet", True, "alice", NOW, code=True)]
    assert enters(world, CODE, "tablet")
    assert await claim(world) == {"event": "answer", "id": "r2", "op": "claim", "ok": True} | {
        "device": "tablet",
        "expires": 0,
    }
    assert world.news("alice", "device") == [events.device("tablet", True, "alice", NOW)]
    assert world.mail["broker"] == [events.disconnect("alice:tablet")]  # whatever the code had let in
    assert not enters(world, CODE, "tablet")
    world.now += 100 * MINUTE
    assert enters(world, TOKEN, "tablet")
    assert [cell async for cell in world.truth.scan(tables.EXPIRIES)] == []


async def test_a_code_is_good_once(world: World) -> None:
    await link_code(world)
    await claim(world)
    assert await refused(claim(world, token="another")) is Code.NO_CODE
    assert not enters(world, "another", "tablet")
    assert enters(world, TOKEN, "tablet")


async def test_an_expired_a_guessed_and_a_foreign_code_are_refused(world: World) -> None:
    await link_code(world)
    assert await refused(claim(world, code="guessed")) is Code.NO_CODE
    assert await refused(claim(world, actor="bob")) is Code.NO_CODE
    world.now += MINUTE
    assert not enters(world, CODE, "tablet")
    assert await refused(claim(world)) is Code.NO_CODE


async def test_a_token_cannot_be_claimed(world: World) -> None:
    await link(world, "tablet")
    assert await refused(claim(world, code=TOKEN, token="another")) is Code.NO_CODE


async def test_a_code_that_nobody_claims_vanishes(world: World) -> None:
    expires = (await link_code(world))["expires"]
    assert (await listed(world) or {})["code"] is True
    world.news("alice", "device")
    world.now += MINUTE
    assert (await world.do(devices.expire(World.client("alice", "tablet"), expires, now=world.now))).fresh
    assert world.news("alice", "device") == [events.device("tablet", False, "alice", world.now, code=True)]
    assert await listed(world) is None
    assert not (await world.do(devices.expire(World.client("alice", "tablet"), expires, now=world.now))).fresh


async def test_a_claimed_device_does_not_end_with_its_code(world: World) -> None:
    expires = (await link_code(world))["expires"]
    await claim(world)
    world.now += MINUTE
    assert not (await world.do(devices.expire(World.client("alice", "tablet"), expires, now=world.now))).fresh
    assert enters(world, TOKEN, "tablet")


async def test_a_new_code_replaces_one_that_waits_but_no_device(world: World) -> None:
    await link_code(world)
    await link_code(world, "another-code")
    assert not enters(world, CODE, "tablet")
    assert await refused(claim(world)) is Code.NO_CODE
    await claim(world, "another-code")
    assert await refused(link_code(world)) is Code.NAME_TAKEN


async def test_a_code_takes_no_expiry(world: World) -> None:
    with pytest.raises(Malformed, match="expires"):
        await link(world, "tablet", code=True, expires=NOW // SECOND + 3600)


# ---- labels


async def test_a_label_is_listed_told_and_taken_away(world: World) -> None:
    await link(world)
    world.news("alice", "device")
    await world.ask("alice", "devices", op="rename", device="laptop", label="Alice’s ThinkPad")
    assert (await listed(world, "laptop") or {})["label"] == "Alice’s ThinkPad"
    assert world.news("alice", "device") == [
        events.device("laptop", True, "alice", NOW, label="Alice’s ThinkPad", renamed=True)
    ]
    assert enters(world)
    await world.ask("alice", "devices", op="rename", device="laptop", label="")
    assert "label" not in (await listed(world, "laptop") or {})


async def test_a_label_has_a_device_and_at_most_64_characters(world: World) -> None:
    assert await refused(world.ask("alice", "devices", op="rename", device="tv", label="TV")) is Code.UNKNOWN_DEVICE
    await link(world)
    await world.ask("alice", "devices", op="rename", device="laptop", label="x" * 64)
    with pytest.raises(Malformed, match="label"):
        await world.ask("alice", "devices", op="rename", device="laptop", label="x" * 65)
