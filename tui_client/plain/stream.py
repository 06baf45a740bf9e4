"""A voice for terminals that cannot move their cursor: whole lines in, whole lines out, no prompt.

The terminal itself shows and corrects what is typed.
"""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import AsyncGenerator
from typing import TextIO


class StreamVoice:
    """Reads the file descriptor *source*: a terminal or a pipe."""

    def __init__(self, source: int, out: TextIO) -> None:
        self._source, self._out = source, out
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def say(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()

    def suggest(self, text: str) -> bool:
        return False  # what stands there is the terminal's own

    async def lines(self) -> AsyncGenerator[str, None]:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._source, self._read)
        try:
            while (line := await self._typed.get()) is not None:
                yield line
        finally:
            loop.remove_reader(self._source)

    def close(self) -> None:
        self._typed.put_nowait(None)

    def _read(self) -> None:
        try:
            data = os.read(self._source, 65536)
        except OSError:
            data = b""  # the terminal is gone
        *whole, self._rest = (self._rest + self._decoder.decode(data)).split("\n")
        for line in whole:
            self._typed.put_nowait(line.rstrip("\r"))
        if not data:
            asyncio.get_running_loop().remove_reader(self._source)
            self.close()
