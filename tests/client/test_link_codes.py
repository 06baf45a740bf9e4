"""A link code on a real backend: it becomes a device once, within a minute, also where answers are lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from contacts.operations import devices
from contacts.operations.perform import perform
from tests.support.backend import Backend
from tests.support.engine import Engine, engines, friends
from tests.support.process import now_ms
from xasup.client import Client, ConnectionChanged, DeviceChanged, Link, redeem
from xasup.protocol.connect import ConnectString, parse
from xasup.protocol.errors import Code, Malformed, Refused, Unavailable
from xasup.protocol.ids import ClientId, DeviceId


async def code_of(phone: Engine, device: str = "tablet") -> ConnectString:
    return parse((await phone.client.link_code(device)).text)


async def is_refused(code: ConnectString) -> bool:
    with pytest.raises(Refused) as caught:
        await redeem(code)
    return caught.value.code is Code.NO_CODE and "make a new one" in str(caught.value)


async def test_a_code_becomes_a_device_with_a_token_that_nobody_else_saw(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [phone, bob]:
        code = await phone.client.link_code("tablet")
        await phone.hears(DeviceChanged, lambda it: it.device == "tablet" and it.code)
        assert code.text not in repr(code)
        account = await redeem(parse(code.text))
        await phone.hears(DeviceChanged, lambda it: it.device == "tablet" and not it.code)
        assert (account.client, account.code) == (ClientId(phone.client.user, DeviceId("tablet")), False)
        async with engines(tmp_path, account) as [tablet]:
            await bob.client.send(phone.user, "to both")
            await tablet.receives("to both")
        [_, linked] = sorted(await phone.client.devices(), key=lambda it: it.device)
        assert (linked.device, linked.expires, linked.code) == ("tablet", 0, False)
        await phone.client.rename_device("tablet", "Alice’s tablet")
        await phone.hears(DeviceChanged, lambda it: it.renamed and it.label == "Alice’s tablet")
        assert "Alice’s tablet" in {it.label for it in await phone.client.devices()}
    logs = b"".join(path.read_bytes() for path in backend.settings.logs.iterdir())
    for secret in (parse(code.text).token, account.token):
        assert secret.encode() not in logs


async def test_a_used_and_a_guessed_code_are_refused(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice") as [phone]:
        code = await code_of(phone)
        assert await is_refused(replace(code, token="A" * 22))
        await redeem(code)
        assert await is_refused(code)


async def test_an_expired_code_is_refused_and_forgotten(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice") as [phone]:
        account = phone.client.account
        old = replace(account, client=ClientId(account.client.user, DeviceId("tablet")), token="A" * 22, code=True)
        async with backend.truth() as truth:
            operation = devices.link_code(
                old.client, devices.hash_of(old.token), by=old.client.user, now=now_ms() - 62_000
            )
            await backend.enforced(truth, (await perform(truth, operation)).position)
        assert await is_refused(old)
        await phone.hears(DeviceChanged, lambda it: it.device == "tablet" and it.code and not it.linked)
        assert {it.device for it in await phone.client.devices()} == {"phone"}


async def test_of_two_who_claim_one_learns_that_it_was_late(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice") as [phone]:
        code = await code_of(phone)
        ends = await asyncio.gather(redeem(code), redeem(code), return_exceptions=True)
        won = [end for end in ends if isinstance(end, ConnectString)]
        assert len(won) == 1
        assert [end.code for end in ends if isinstance(end, Refused)] == [Code.NO_CODE]
        async with engines(tmp_path, *won):
            pass


async def test_where_the_answer_is_lost_the_claim_still_holds(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice") as [phone]:
        code = await code_of(phone)
        async with deaf_to(b'"op":"claim"', code.port) as port:
            account = await redeem(replace(code, port=port))
        assert not account.code
        async with engines(tmp_path, replace(account, port=code.port)):
            pass


async def test_nobody_there_is_not_the_codes_fault(tmp_path: Path) -> None:
    code = parse("xasup://alice:c0de@127.0.0.1:1/tablet?link")
    with pytest.raises(Unavailable, match="nobody listens"):
        await redeem(code)


async def test_a_token_is_no_code_and_a_code_no_account(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="no link code"):
        await redeem(parse("xasup://alice:token@127.0.0.1:1/tablet"))
    with pytest.raises(Malformed, match="link code"):
        Client("xasup://alice:c0de@127.0.0.1:1/tablet?link")


async def test_a_device_that_ends_itself_is_told(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice") as [phone]:
        await phone.client.revoke_device("phone")
        await phone.hears(ConnectionChanged, lambda it: it.connection.link is Link.REFUSED)


@asynccontextmanager
async def deaf_to(word: bytes, port: int) -> AsyncIterator[int]:
    """A proxy before the broker that cuts the first connection in which *word* comes back."""
    cut = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal cut
        there, back = await asyncio.open_connection("127.0.0.1", port)
        forth = asyncio.create_task(_pass(reader, back))
        while piece := await there.read(1 << 16):
            if word in piece and not cut:
                cut = True
                break
            writer.write(piece)
        forth.cancel()
        writer.close()
        back.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
    assert cut


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(1 << 16):
        sink.write(piece)
