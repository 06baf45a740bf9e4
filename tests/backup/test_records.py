"""Records of a log into a file and back: byte for byte, in order, into an empty log alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.redis import RedisServer
from xasup.backup import records
from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log import open_log
from xasup.wire.log.port import Record
from xasup.wire.log.sweep import end_of, sweep

GIVEN = [
    Record("xasup.messages", b"alice:bob", b"\x00\xff\n", [("ce_id", b"1"), ("from", "\u00e4".encode())]),
    Record("xasup.messages", b"alice:bob", b"", []),
    Record("xasup.receipts", b"alice:bob", b"{}", [("ce_id", b"2")]),
]


async def held(url: str) -> list[Record]:
    async with open_log(url) as log:
        found = []
        for stream in Stream:
            async for entries in sweep(log, [stream], {}, await end_of(log, stream)):
                found += [Record(it.stream, it.key, it.value, list(it.headers.items())) for it in entries]
        return found


async def test_there_and_back(redis: RedisServer, tmp_path: Path) -> None:
    async with open_log(redis.url, producer="p") as log:
        await log.append(GIVEN)
    await records.write(redis.url, tmp_path / "records")
    with pytest.raises(Unavailable, match="not empty"):
        await records.put_back(redis.url, tmp_path / "records")
    assert await held(redis.url) == GIVEN  # the control: it was left alone
    redis.command("FLUSHALL")
    await records.put_back(redis.url, tmp_path / "records")
    assert await held(redis.url) == GIVEN


@pytest.mark.parametrize("line", [b"?", b"{}", b'{"stream":1,"key":"=","value":"","headers":[]}'])
async def test_a_line_that_is_no_record_is_refused(redis: RedisServer, tmp_path: Path, line: bytes) -> None:
    (tmp_path / "records").write_bytes(line + b"\n")
    with pytest.raises(Malformed):
        await records.put_back(redis.url, tmp_path / "records")


def test_receipts_end_before_the_messages_that_they_speak_of() -> None:
    """In a copy made under way the audit found a receipt without its message where they ended behind them."""
    order = list(records.ORDER)
    assert order.index(Stream.RECEIPTS) < order.index(Stream.MESSAGES) < order.index(Stream.CONTACTS)
