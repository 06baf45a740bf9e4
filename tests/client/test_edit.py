"""A message is changed only while surely nobody has got it: its recipient never sees both texts, whatever happens to
the connection."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.bare import BareBroker
from tests.support.engine import Engine, at, engine, engines
from xasup.client import Client, ConnectionChanged, Link, MessageReplaced
from xasup.client.handed import Handed
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Malformed
from xasup.protocol.states import State
from xasup.wire.store import News


class Cutter:
    """A way to the broker. *last*: when this has been said to the broker, its answer is lost and the way is shut."""

    def __init__(self, port: int) -> None:
        self._to, self.port = port, 0
        self.last: bytes | None = None
        self._mute = self.shut = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.shut:
            writer.close()
            return
        self._mute = False
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        forth = asyncio.create_task(self._pass(reader, back))
        try:
            while piece := await there.read(1 << 16):
                if self._mute:
                    self.shut = True
                    return
                writer.write(piece)
        finally:
            forth.cancel()
            writer.close()
            back.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(1 << 16):
            self._mute = self._mute or (self.last is not None and self.last in piece)
            sink.write(piece)


@asynccontextmanager
async def cutter(broker: BareBroker) -> AsyncIterator[Cutter]:
    found = Cutter(broker.port)
    async with await asyncio.start_server(found.serve, "127.0.0.1", 0) as server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


def through(way: Cutter, account: ConnectString) -> ConnectString:
    return replace(account, port=way.port)


async def offline(one: Engine) -> None:
    await one.hears(ConnectionChanged, lambda it: it.connection.link is Link.OFFLINE)


async def test_what_may_be_with_somebody_stays_as_it_is(bare: BareBroker, tmp_path: Path) -> None:
    async with cutter(bare) as way, engines(tmp_path, at(bare, "bob")) as [bob]:
        async with engines(tmp_path, through(way, at(bare, "alice"))) as [alice]:
            way.last = b"first"
            id = await alice.client.send("bob", "first")
            await offline(alice)
            with pytest.raises(Malformed, match="surely nobody has got"):
                await alice.client.edit(id, "second")
            way.last, way.shut = None, False
            await alice.sees(id, State.DELIVERED)
        assert [line.text for line in await bob.client.messages("alice")] == ["first"]


async def test_what_was_never_handed_out_is_changed(bare: BareBroker, tmp_path: Path) -> None:
    async with cutter(bare) as way, engines(tmp_path, at(bare, "bob")) as [bob]:
        way.shut = True
        async with engine(through(way, at(bare, "alice")), tmp_path / "alice.sqlite") as alice:
            ids = await alice.client.send_many("bob", ["one", "twoo", "three"])
            await offline(alice)
            new = await alice.client.edit(ids[1], "two")
            told = await alice.hears(MessageReplaced)
            assert (told.id, told.message.id, told.message.text, told.message.n) == (ids[1], new, "two", 2)
            assert [line.text for line in await alice.client.messages("bob")] == ["one", "two", "three"]
            with pytest.raises(Malformed):
                await alice.client.edit(ids[1], "again")
            with pytest.raises(Malformed, match="text"):
                await alice.client.edit(ids[2], "")
            way.shut = False
            await alice.sees(ids[2], State.DELIVERED)
        lines = await bob.client.messages("alice")
        assert [(line.text, line.n) for line in lines] == [("one", 1), ("two", 2), ("three", 3)]
        assert lines[1].id == new


async def test_after_a_restart_nobody_knows_any_more(bare: BareBroker, tmp_path: Path) -> None:
    async with cutter(bare) as way:
        way.shut = True
        account, file = through(way, at(bare, "alice")), tmp_path / "alice.sqlite"
        async with Client(account, file) as alice:
            id = await alice.send("bob", "first")
        async with Client(account, file) as alice:
            with pytest.raises(Malformed):
                await alice.edit(id, "second")
            assert [line.text for line in await alice.messages("bob")] == ["first"]


async def test_edits_that_race_with_the_courier(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice"), at(bare, "bob")) as [alice, bob]:
        ids = await alice.client.send_many("bob", ["before"] * 700)
        outcomes = await asyncio.gather(
            *(alice.client.edit(id, "after") for id in reversed(ids)), return_exceptions=True
        )
        changed = {ids[-1 - index] for index, it in enumerate(outcomes) if isinstance(it, str)}
        assert all(isinstance(it, str | Malformed) for it in outcomes)
        end = await alice.client.send("bob", "the end")
        await alice.sees(end, State.DELIVERED)
        lines = await bob.client.messages("alice", limit=999)
        assert [line.n for line in lines] == list(range(1, 702))
        assert Counter(line.text for line in lines) == +Counter(
            before=700 - len(changed), after=len(changed), **{"the end": 1}
        )
        assert not changed & {line.id for line in lines}


@pytest.mark.parametrize("unseen", [True, False])
async def test_a_refusal_says_whether_somebody_may_have_it(bare: BareBroker, tmp_path: Path, unseen: bool) -> None:
    async with cutter(bare) as way, engines(tmp_path, at(bare, "bob")) as [bob]:
        way.shut = True
        async with engine(through(way, at(bare, "alice")), tmp_path / "alice.sqlite") as alice:
            id = await alice.client.send("bob", "first")
            alice.client._parts.progress.tell([News(id, State.REFUSED, "not-accepted", unseen=unseen)])
            await alice.sees(id, State.REFUSED)
            await alice.client.retry(id)  # what is known about it stays known
            if unseen:
                await alice.client.edit(id, "second")
            else:
                with pytest.raises(Malformed):
                    await alice.client.edit(id, "second")
            way.shut = False
            assert (await bob.receives("second" if unseen else "first")).n == 1


def test_what_is_sure() -> None:
    handed = Handed(floor=5)
    assert [handed.sure("new", 6), handed.sure("old", 5)] == [True, False]
    handed.out(["new"])
    handed.kept("old")
    assert [handed.sure("new", 6), handed.sure("old", 5)] == [False, True]
    handed.out(["old"])
    assert not handed.sure("old", 5)
