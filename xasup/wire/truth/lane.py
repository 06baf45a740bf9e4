"""Many small questions to Redis, few round trips: whatever is asked while one trip is under way makes up the next.

One task owns the connection, the others leave notes in a bounded box. Refuses to know: tables, streams, what a step
means.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xasup.protocol.errors import Unavailable
from xasup.wire.redis.link import Command, Link

BOX = 512  # notes of one round trip: few enough that no script holds Redis for long; whoever comes then waits for room
_ROOM_PATIENCE = 0.4  # seconds; with the link's own, less than the two that the port promises

Argument = str | bytes
_Answer = asyncio.Future[Any]


@dataclass(slots=True)
class _Box:
    """The notes of one trip, each with the future of its answer, by what they become."""

    reads: list[tuple[Sequence[str], _Answer]] = field(default_factory=list)
    keys: list[tuple[str, _Answer]] = field(default_factory=list)
    steps: list[tuple[Sequence[Argument], _Answer]] = field(default_factory=list)
    commands: list[tuple[Command, _Answer]] = field(default_factory=list)
    size: int = 0

    def answers(self) -> Iterable[_Answer]:
        for notes in (self.reads, self.keys, self.steps, self.commands):
            yield from (answer for _, answer in notes)


class Lane:
    """Open with `start()`. *stream*, *keep_answers*: the first arguments of commit.lua."""

    def __init__(self, url: str, stream: str, keep_answers: int) -> None:
        sources = {name: Path(__file__).with_name(f"{name}.lua").read_text() for name in ("commit", "read", "applied")}
        self._hashes = {name: _hash(source) for name, source in sources.items()}
        self._link = Link(url, list(sources.values()))
        self._commit: Command = ("EVALSHA", self._hashes["commit"], 1, stream, keep_answers)
        self._box = _Box()
        self._work, self._room = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="truth lane")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._link.close()

    async def read(self, cells: Sequence[str]) -> list[bytes | None]:
        """Values of hash fields, given flat: key, field, key, field…"""
        answer = await self._place()
        self._box.reads.append((cells, answer))
        return await answer  # type: ignore[no-any-return]  # replies are as the scripts say

    async def fetch(self, key: str) -> bytes | None:
        """The value of a plain key."""
        answer = await self._place()
        self._box.keys.append((key, answer))
        return await answer  # type: ignore[no-any-return]

    async def step(self, arguments: Sequence[Argument]) -> bytes | None:
        """One step of commit.lua."""
        answer = await self._place()
        self._box.steps.append((arguments, answer))
        return await answer  # type: ignore[no-any-return]

    async def applied(self, keys: Sequence[str], arguments: Sequence[str | int]) -> None:
        """One call of applied.lua."""
        await self.command(("EVALSHA", self._hashes["applied"], len(keys), *keys, *arguments))

    async def command(self, command: Command) -> Any:
        """Any other command."""
        answer = await self._place()
        self._box.commands.append((command, answer))
        return await answer

    async def _place(self) -> _Answer:
        """A future for a note that the caller now puts into the box. Raises Unavailable when there is no room."""
        if self._task is None or self._task.done():
            raise Unavailable("the connection to Redis is closed")
        if self._box.size >= BOX:
            await self._wait_for_room()
        self._box.size += 1
        self._work.set()
        return asyncio.get_running_loop().create_future()

    async def _wait_for_room(self) -> None:
        try:
            async with asyncio.timeout(_ROOM_PATIENCE):
                while self._box.size >= BOX:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise Unavailable("too many requests wait for Redis") from None

    async def _run(self) -> None:
        try:
            while True:
                await self._work.wait()
                await self._trip(self._take())
        finally:
            _fail(self._take(), Unavailable("the connection to Redis is closed"))

    async def _trip(self, box: _Box) -> None:
        try:
            _deliver(box, await self._link.ask(self._commands(box)))
        except Unavailable as error:
            _fail(box, error)
            _fail(self._take(), error)  # those behind have waited as long
        except BaseException:
            _fail(box, Unavailable("the connection to Redis is closed"))
            raise

    def _take(self) -> _Box:
        box, self._box = self._box, _Box()
        self._work.clear()
        self._room.set()
        return box

    def _commands(self, box: _Box) -> list[Command]:
        commands = [command for command, _ in box.commands]
        if box.reads or box.keys:
            cells = [argument for read, _ in box.reads for argument in read]
            commands.append(
                ("EVALSHA_RO", self._hashes["read"], 0, len(cells) // 2, *cells, *(key for key, _ in box.keys))
            )
        if box.steps:
            commands.append((*self._commit, *(argument for step, _ in box.steps for argument in step)))
        return commands


def _hash(source: str) -> str:
    """As Redis names a script."""
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


def _deliver(box: _Box, replies: list[Any]) -> None:
    """Hand out the replies to the commands of `_commands`, which come in its order."""
    count = len(box.commands)
    for (_, answer), reply in zip(box.commands, replies[:count], strict=True):
        _settle(answer, reply)
    rest = iter(replies[count:])
    if box.reads or box.keys:
        _deliver_reads(box, next(rest))
    if box.steps:
        _deliver_each([answer for _, answer in box.steps], next(rest))


def _deliver_reads(box: _Box, values: Any) -> None:
    if isinstance(values, Unavailable):
        return _deliver_each([answer for _, answer in (*box.reads, *box.keys)], values)
    at = 0
    for cells, answer in box.reads:
        end = at + len(cells) // 2
        _settle(answer, values[at:end])
        at = end
    return _deliver_each([answer for _, answer in box.keys], values[at:])


def _deliver_each(answers: list[_Answer], replies: Any) -> None:
    each = [replies] * len(answers) if isinstance(replies, Unavailable) else replies
    for answer, reply in zip(answers, each, strict=True):
        _settle(answer, reply)


def _settle(answer: _Answer, reply: Any) -> None:
    if answer.done():  # whoever asked has gone away
        return
    if isinstance(reply, Unavailable):
        answer.set_exception(reply)
    else:
        answer.set_result(reply)


def _fail(box: _Box, error: Unavailable) -> None:
    for answer in box.answers():
        _settle(answer, error)
