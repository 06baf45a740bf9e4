"""The records of a log that is not in Redis, as lines of JSON, in the order of each shard; and back into an empty log.

There they get the same offsets: a log that forgets nothing numbers from 0, without holes. Refuses to know: what is in
a record.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from pathlib import Path

from xasup.protocol import codec
from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log import open_log
from xasup.wire.log.port import Entry, Log, Record
from xasup.wire.log.sweep import end_of, sweep

# In which their ends are looked up: no receipt is copied without its message, no message without its decision.
ORDER = (Stream.RECEIPTS, Stream.MESSAGES, Stream.DEAD_LETTERS, Stream.CONTACTS)
assert set(ORDER) == set(Stream)  # noqa: S101 - a stream left out must not pass
_BATCH = 500  # records
_TRIES, _PAUSE = 20, 0.5  # seconds between two


async def write(url: str, to: Path) -> None:
    """All that the log holds now. Raises Unavailable."""
    async with open_log(url) as log:
        await answering(log)
        with to.open("wb") as file:
            ends = [(stream, await end_of(log, stream)) for stream in ORDER]
            for stream, end in ends:
                async for entries in sweep(log, [stream], {}, end):
                    file.writelines(_spell(entry) + b"\n" for entry in entries)


async def put_back(url: str, source: Path) -> None:
    """Into a log that is empty. Raises Unavailable, Malformed."""
    async with open_log(url, producer="restore") as log:
        await answering(log)
        for stream in Stream:
            if await end_of(log, stream):
                raise Unavailable("the log is not empty: records put into it would stand behind what is there")
        batch: list[Record] = []
        with source.open("rb") as file:
            for line in file:
                batch.append(_read(line))
                if len(batch) >= _BATCH:
                    await _append(log, batch)
                    batch = []
        await _append(log, batch)


async def answering(log: Log) -> None:
    """Return when it answers: a Kafka that has just been dialled does not yet. Raises Unavailable."""
    for left in reversed(range(_TRIES)):
        try:
            await log.extent(Stream.MESSAGES)
        except Unavailable:
            if not left:
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return


async def _append(log: Log, batch: list[Record]) -> None:
    for outcome in await log.append(batch) if batch else []:
        if isinstance(outcome, Malformed):
            raise outcome


def _spell(entry: Entry) -> bytes:
    headers = [[name, b64encode(value).decode()] for name, value in entry.headers.items()]
    fields = {"stream": entry.stream, "at": str(entry.position), "headers": headers}
    return codec.encode(fields | {"key": b64encode(entry.key).decode(), "value": b64encode(entry.value).decode()})


def _read(line: bytes) -> Record:
    try:
        fields = codec.decode_object(line)
        headers = [(name, b64decode(value)) for name, value in fields["headers"]]
        return Record(str(Stream(fields["stream"])), b64decode(fields["key"]), b64decode(fields["value"]), headers)
    except (KeyError, ValueError, TypeError) as error:
        raise Malformed(f"a record of the backup cannot be read ({error})") from None
