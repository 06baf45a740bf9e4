"""How a child process tells its supervisor that it serves: one line on a descriptor that it inherited."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Mapping

VARIABLE = "XASUP_READY_FD"
_LINE = b"ready\n"


def report_ready(environment: Mapping[str, str]) -> None:
    """Write `ready` to the descriptor named in *environment* and close it; nothing where there is none."""
    descriptor = environment.get(VARIABLE)
    if descriptor is not None:
        os.write(int(descriptor), _LINE)
        os.close(int(descriptor))


async def wait(pipe: io.RawIOBase) -> None:
    """Return when the line came. A child that ends before it never lets this return: watch its exit as well."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[None] = loop.create_future()

    def read() -> None:
        loop.remove_reader(pipe.fileno())
        if pipe.read(len(_LINE)) == _LINE and not line.done():
            line.set_result(None)

    loop.add_reader(pipe.fileno(), read)
    try:
        await line
    finally:
        loop.remove_reader(pipe.fileno())
