"""Full disks: a part may not write for a while, then may again. Refuses to know: what the people see then."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from contacts.accounts import create_person
from xasup.chaos.storage.case import KAFKAS_DISKS, Case, Seen
from xasup.chaos.storage.house import ALICE, BOB, SOON, House
from xasup.protocol.errors import Unavailable, XasupError
from xasup.protocol.ids import UserId
from xasup.runtime.settings import Settings
from xasup.wire import private
from xasup.wire.truth import open_truth

_SIZE = "64m"
_WORDS = (b"No space left", b"disk I/O error", b"is full", b"AOF write error")


@asynccontextmanager
async def small_disk(path: Path) -> AsyncIterator[str]:
    """*path* is a disk of its own for the time of the block; a sentence where that cannot be."""
    private.folder(path)
    if os.geteuid() != 0 or not await _ran("mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=700", "tmpfs", str(path)):
        yield f"{path.name}: no full disk: nobody but root may mount a small one"
        return
    try:
        yield ""
    finally:
        await _ran("umount", "-l", str(path))


def disks(settings: Settings) -> Mapping[str, Path]:
    """Of the parts that have one of their own."""
    return {
        "directory": settings.directory,
        "history": settings.history.parent,
        "redis": settings.redis_socket.parent,
        "sessions": settings.mosquitto,
        **({part: settings.data / part for part in KAFKAS_DISKS} if settings.log == "kafka" else {}),
    }


async def fill(home: House, case: Case, seen: Seen) -> None:
    """Until its part has noticed, or for some seconds."""
    match case.part:
        case "device":
            await _device(home, seen)
        case "sessions":
            await _sessions(home, seen)
        case "directory":
            await _full(home, case.part, "projector", seen)
            await home.people[ALICE].until_stored(await home.write(ALICE, BOB), SOON)
        case "zookeeper":
            await _full(home, case.part, case.part, seen, _kill_kafka)
        case part:
            await _full(home, part, part, seen)


async def _full(
    home: House, disk: str, part: str, seen: Seen, use: Callable[[House], Coroutine[None, None, None]] | None = None
) -> None:
    """People write, and *use* asks more of the part (an administrator decides), until it says that it has no room."""
    log, ballast = home.settings.logs / f"{part}.log", disks(home.settings)[disk] / "ballast"
    begun = size(log)
    await asyncio.to_thread(_fill, ballast)
    try:
        ids = await home.write(ALICE, BOB, 200)
        using = asyncio.create_task((use or _decide)(home), name=f"use of {part}")
        seen.said = await _logged(log, begun)
    finally:
        ballast.unlink()
    async with asyncio.timeout(SOON):
        await home.parts[part].serving.wait()
        await asyncio.wait({using})
    await home.people[ALICE].until_stored(ids, SOON)


async def _decide(home: House) -> None:
    """About many, so that it takes pages."""
    with suppress(XasupError):
        async with open_truth(home.settings.redis_url) as truth:
            for number in range(300):
                await create_person(truth, UserId(f"late-{os.urandom(3).hex()}-{number}"), 0)


async def _kill_kafka(home: House) -> None:
    """It comes back with a session of its own, which ZooKeeper has to write down."""
    with suppress(Unavailable):  # not at the first try
        async with home.parts["kafka"].away(signal.SIGKILL):
            pass


async def _device(home: House, seen: Seen) -> None:
    """More than the file has room for."""
    bob = home.people[BOB]
    bob.limit(1)
    await home.write(ALICE, BOB, 40)
    seen.said = await bob.noticed(15.0)
    bob.limit(1 << 30)


async def _sessions(home: House, seen: Seen) -> None:
    log, ballast = home.settings.logs / "mosquitto.log", home.settings.mosquitto / "ballast"
    begun = size(log)
    await home.go(BOB)
    await home.people[ALICE].until_stored(await home.write(ALICE, BOB, 3), SOON)
    await asyncio.to_thread(_fill, ballast)
    try:
        async with home.parts["mosquitto"].away():
            ballast.unlink()
    except Unavailable as error:
        seen.refused = str(error)
    seen.said = await _logged(log, begun, 1.0)
    await home.come(BOB)


def size(log: Path) -> int:
    """0 where there is none."""
    return log.stat().st_size if log.exists() else 0


def _fill(ballast: Path) -> None:
    room = os.statvfs(ballast.parent)
    with ballast.open("wb", buffering=0) as file:
        try:
            file.write(bytes(room.f_bavail * room.f_bsize))
        except OSError:
            return


async def _logged(log: Path, begun: int, seconds: float = 15.0) -> str:
    """The first line since then that tells of it; "" for none."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        if found := next((line for line in _lines(log, begun) if any(word in line for word in _WORDS)), b""):
            return found.decode(errors="replace")
        if asyncio.get_running_loop().time() > until:
            return ""
        await asyncio.sleep(0.1)


def _lines(log: Path, begun: int) -> list[bytes]:
    return log.read_bytes()[begun:].splitlines() if log.exists() else []


async def _ran(*argv: str) -> bool:
    process = await asyncio.create_subprocess_exec(*argv, stderr=asyncio.subprocess.DEVNULL)
    return await process.wait() == 0
