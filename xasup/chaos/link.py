"""A network of its own for some processes, joined to ours by one link that can be taken down. Linux, and whoever may
make network namespaces.

Refuses to know: which processes live there.
"""

from __future__ import annotations

import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from xasup.protocol.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Link:
    """*host*: our address, as processes on the other side see it; *prefix*: goes before the command line of a process
    that is to live there."""

    device: str
    host: str
    prefix: Sequence[str]

    @asynccontextmanager
    async def down(self) -> AsyncIterator[None]:
        """For the time of the block."""
        await _ip("link", "set", self.device, "down")
        try:
            yield
        finally:
            await _ip("link", "set", self.device, "up")


@asynccontextmanager
async def link() -> AsyncIterator[Link]:
    """One per process; gone with the block. Raises Unavailable with the reason where we may not."""
    if shutil.which("ip") is None:
        raise Unavailable("there is no `ip`; `apt-get install iproute2` brings it")
    pid = os.getpid()
    space, here, there = f"xasup-{pid}", f"xa{pid}", f"xb{pid}"
    network = f"10.{231 + pid % 16}.{pid // 16 % 256}"
    await _ip("netns", "add", space)
    try:
        await _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", space)
        await _ip("addr", "add", f"{network}.1/30", "dev", here)
        await _ip("link", "set", here, "up")
        await _ip("-n", space, "addr", "add", f"{network}.2/30", "dev", there)
        await _ip("-n", space, "link", "set", there, "up")
        yield Link(here, f"{network}.1", ("ip", "netns", "exec", space))
    finally:
        with suppress(Unavailable):
            await _ip("link", "del", here)
        await _ip("netns", "del", space)


async def _ip(*words: str) -> None:
    process = await create_subprocess_exec("ip", *words, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    _, error = await process.communicate()
    if process.returncode:
        reason = error.decode(errors="replace").strip()
        raise Unavailable(f"`ip {' '.join(words)}` was refused: {reason}")
