"""How each part is put through damage: ended, its file changed, started again. What is damaged for good is put back
from a copy afterwards, as from a backup.

Refuses to know: what the people see then.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from xasup.chaos.storage.case import Case, Seen
from xasup.chaos.storage.damage import Damage, Kind, mend, spoil
from xasup.chaos.storage.full import size
from xasup.chaos.storage.house import ALICE, BOB, SOON, House
from xasup.protocol.errors import Unavailable
from xasup.runtime.supervise import Child

UNCLEAR = "refused without a file or a next step"
_WORD = b" secret "  # of what people write
_NEXT_STEPS = ("restore", "move it away", "move the file", "remove", "start again")
Scene = Callable[[House, Case, random.Random, Seen], Awaitable[None]]


async def directory(home: House, case: Case, dice: random.Random, seen: Seen) -> None:
    """At rest: the broker stands still, the projector was killed."""
    path = home.settings.directory / "current" / "data.mdb"
    async with home.parts["mosquitto"].away(), home.parts["projector"].away(signal.SIGKILL):
        used = len(path.read_bytes().rstrip(b"\0"))
        seen.damage = str(spoil(path, case.kind, case.place, dice, used, b"c/bob/alice" if case.word else b""))


async def device(home: House, case: Case, dice: random.Random, seen: Seen) -> None:
    """Closed, changed, opened again."""
    await home.go(BOB)
    await _reopened(home, seen, _damage(home.file(BOB), case, dice))


async def wal(home: House, case: Case, dice: random.Random, seen: Seen) -> None:
    """Its process was killed, as far as files can tell, and the newest part of them is changed."""
    files = [home.file(BOB), home.file(BOB).with_name(home.file(BOB).name + "-wal")]
    copies = {path: path.read_bytes() for path in files}
    await home.go(BOB)
    for path, content in copies.items():
        path.write_bytes(content)
    await _reopened(home, seen, _damage(files[1], case, dice))


async def history(home: House, case: Case, dice: random.Random, seen: Seen) -> None:
    path = home.settings.history
    async with home.parts["history"].away():
        seen.damage = str(_damage(path, case, dice))


async def sessions(home: House, case: Case, dice: random.Random, seen: Seen) -> None:
    """With a queue for somebody who is away."""
    await home.go(BOB)
    ids = await home.write(ALICE, BOB, 3)
    await home.people[ALICE].until_stored(ids, SOON)
    async with home.parts["mosquitto"].away():
        seen.damage = str(_damage(home.settings.mosquitto / "sessions.db", case, dice))
    await home.come(BOB)


async def redis(home: House, case: Case, dice: random.Random, seen: Seen) -> None:
    folder = home.settings.redis_socket.parent / "appendonlydir"
    path = max(folder.glob("*.incr.aof"), key=lambda it: it.stat().st_size)
    await _refused(home.parts["redis"], path, case, dice, seen)


async def kafka(home: House, case: Case, dice: random.Random, seen: Seen) -> None:
    """Of a lost end history learns, as it is. Of a changed bit whoever reads it: history has nothing, and reads all of
    it again; then the segment is put back."""
    path = await _segment(home.settings.data / "kafka" / "data")
    if case.kind is Kind.CUT:
        await _kafka_cut(home, path, case, dice, seen)
        return
    log = home.settings.logs / "history.log"
    async with _read_anew(home):
        damage = _damage(path, case, dice)
        seen.damage = str(damage)
    begun = log.stat().st_size
    probe = await _said_or_whole(home, log, begun)
    if not probe:
        return
    seen.refused = probe
    if not clear(probe, path.parent):
        seen.wrong[UNCLEAR] = [probe]
    async with _read_anew(home):
        mend(path, damage)  # not a copy: what came meanwhile stays


@asynccontextmanager
async def _read_anew(home: House) -> AsyncIterator[None]:
    """Kafka is away for the time of the block; then history, which has nothing, reads all of it."""
    async with home.parts["history"].away():
        for old in home.settings.history.parent.glob("history.sqlite*"):
            old.unlink()
        async with home.parts["kafka"].away():
            yield


async def _kafka_cut(home: House, path: Path, case: Case, dice: random.Random, seen: Seen) -> None:
    log = home.settings.logs / "history.log"
    await home.judge()  # a new device has everything, so history has: what is in Kafka alone a cut takes for good
    begun = size(log)
    async with home.parts["kafka"].away():
        seen.damage = str(_damage(path, case, dice))
    seen.said = await _said_or_whole(home, log, begun)


async def _segment(folder: Path) -> Path:
    """The one with most of what people wrote, once there is one: what was delivered may not be in the log yet."""
    async with asyncio.timeout(SOON):
        while True:
            counts = await asyncio.to_thread(_counts, folder)
            if any(counts.values()):
                return max(counts, key=lambda it: counts[it])
            await asyncio.sleep(0.1)


def _counts(folder: Path) -> dict[Path, int]:
    return {it: it.read_bytes().count(_WORD) for it in folder.glob("xasup.messages-*/*.log")}


async def _said_or_whole(home: House, log: Path, begun: int) -> str:
    """What history says about the log, within a while; "" where it has nothing to say."""
    until = asyncio.get_running_loop().time() + 15
    while asyncio.get_running_loop().time() < until:
        content = await asyncio.to_thread(log.read_bytes)
        for line in content[begun:].decode(errors="replace").splitlines():
            if "is damaged" in line or "records are missing" in line:
                return line
        await asyncio.sleep(0.2)
    return ""


SCENES: Mapping[str, Scene] = {
    "directory": directory,
    "device": device,
    "device's WAL": wal,
    "history": history,
    "sessions": sessions,
    "redis": redis,
    "kafka": kafka,
}


def clear(sentence: str, path: Path) -> bool:
    """Whether it names the file and what to do."""
    return path.name.partition("-")[0] in sentence and any(step in sentence for step in _NEXT_STEPS)


def _damage(path: Path, case: Case, dice: random.Random) -> Damage:
    return spoil(path, case.kind, case.place, dice, word=_WORD if case.word else b"")


async def _reopened(home: House, seen: Seen, damage: Damage) -> None:
    seen.damage, path = str(damage), home.file(BOB)
    try:
        bob = await home.come(BOB)
    except Unavailable as error:
        seen.refused = str(error)
        if not clear(seen.refused, path):
            seen.wrong[UNCLEAR] = [seen.refused]
        for suffix in ("", "-wal", "-shm"):  # as the sentence says
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        bob = await home.come(BOB)
    seen.said = seen.said or "; ".join(bob.notices)


async def _refused(part: Child, path: Path, case: Case, dice: random.Random, seen: Seen) -> None:
    """It does not start on a damaged file, and does on the good one."""
    copy = path.with_name(f"{path.name}.copy")
    try:
        async with part.away(signal.SIGKILL):
            shutil.copy2(path, copy)
            seen.damage = str(_damage(path, case, dice))
    except Unavailable as error:
        seen.refused = str(error)
        if not clear(seen.refused, path):
            seen.wrong[UNCLEAR] = [seen.refused]
        shutil.copy2(copy, path)
        async with asyncio.timeout(SOON):
            await part.serving.wait()
    finally:
        copy.unlink(missing_ok=True)
