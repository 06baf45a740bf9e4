"""How each part is put through damage: ended, its file changed, started again. What is damaged for good is put back
from a copy afterwards, as from a backup.

Refuses to know: what the people see then.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from xasup.chaos.storage.case import Case, Seen
from xasup.chaos.storage.damage import Damage, spoil
from xasup.chaos.storage.house import ALICE, BOB, SOON, House
from xasup.protocol.errors import Unavailable
from xasup.runtime.kafka_server import segments
from xasup.runtime.supervise import Child
from xasup.wire.store.repair import doubt

UNCLEAR = "refused without a file or a next step"
UNNOTICED = "started on a damaged file"
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
    """Closed, changed, opened again; and again where only somebody who used it saw the damage."""
    await home.go(BOB)
    await _reopened(home, seen, _damage(home.file(BOB), case, dice))
    await _used(home, seen)


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
    word = _WORD if home.settings.log == "redis" else ALICE.encode()  # texts are in Kafka then
    await _refused(home.parts["redis"], lambda: _damage(path, case, dice, word), path, seen)


async def kafka(home: House, case: Case, dice: random.Random, seen: Seen) -> None:
    """After an orderly end, after which Kafka looks at nothing."""
    path = await _segment(segments(home.settings))
    await _refused(home.parts["kafka"], lambda: _damage(path, case, dice), path, seen, signal.SIGTERM)


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


def _damage(path: Path, case: Case, dice: random.Random, word: bytes = _WORD) -> Damage:
    return spoil(path, case.kind, case.place, dice, word=word if case.word else b"")


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


async def _used(home: House, seen: Seen) -> None:
    path = home.file(BOB)
    try:
        await home.talk()
    except Unavailable as error:
        seen.refused = str(error)
        if not clear(seen.refused, path):
            seen.wrong[UNCLEAR] = [seen.refused]
    if doubt(path).exists():
        await home.go(BOB)
        await home.come(BOB)  # as the sentence says


async def _refused(
    part: Child, damage: Callable[[], Damage], path: Path, seen: Seen, how: signal.Signals = signal.SIGKILL
) -> None:
    """Ended by *how*, it does not start when *path* has met with *damage*, and does on the good one."""
    copy = path.with_name(f"{path.name}.copy")
    try:
        async with part.away(how):
            shutil.copy2(path, copy)
            seen.damage = str(damage())
    except Unavailable as error:
        seen.refused = str(error)
        if not clear(seen.refused, path):
            seen.wrong[UNCLEAR] = [seen.refused]
        shutil.copy2(copy, path)
        async with asyncio.timeout(SOON):
            await part.serving.wait()
    else:
        seen.wrong[UNNOTICED] = [str(path)]
    finally:
        copy.unlink(missing_ok=True)
