"""T4: one backend, case after case: talk, damage, talk, and hold every screen against what was written.

Refuses to know: how each part is damaged.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from xasup.chaos.act import Mark, Order, Outcome, Say
from xasup.chaos.storage.case import Case, Seen, cases, line, merged
from xasup.chaos.storage.damage import Kind
from xasup.chaos.storage.full import disks, fill, size, small_disk
from xasup.chaos.storage.house import House, house
from xasup.chaos.storage.scenes import SCENES
from xasup.protocol import codec
from xasup.protocol.errors import Malformed, Unavailable
from xasup.stack import apart

STUCK = "does not come back"
_TOLD = ("damaged", "set aside", "filled anew", "rebuilt", "records are missing")
_LOGS = ("projector", "history", "redis", "kafka", "mosquitto")


async def storage(order: Order, folder: Path, say: Say) -> Outcome:
    """The seed decides the order of cases, and where in its file each bit lies."""
    settings, dice = apart(folder, order.log), random.Random(order.seed)  # noqa: S311 - a schedule, not a secret
    planned = list(cases(order.log, order.short, dice))[: order.rounds]
    found, marks, skipped = list[tuple[Case, Seen]](), list[Mark](), list[str]()
    async with AsyncExitStack() as stage:
        if not order.short:
            for part, disk in disks(settings).items():
                if why := await stage.enter_async_context(small_disk(disk)):
                    skipped.append(why)
                    planned = [it for it in planned if (it.part, it.kind) != (part, Kind.FULL)]
        home = await stage.enter_async_context(house(settings, folder, say))
        start = time.monotonic()
        for case in planned:
            begun = time.monotonic() - start
            seen = await _one(home, case, dice)
            found.append((case, seen))
            told = line(case, seen).replace(f"{folder}/", "")
            say(told)
            marks.append(Mark(told, begun, time.monotonic() - start))
            if STUCK in seen.wrong:
                skipped.append(f"{len(planned) - len(found)} cases, since a part did not come back")
                break
    verdicts = Counter(seen.verdict.split(":")[0] for _, seen in found)
    counts = {"cases": len(found), **verdicts, "messages": len(home.ledger.written), "stored": len(home.ledger.stored)}
    return Outcome("T4", order, counts, merged(found), marks, skipped=skipped)


async def _one(home: House, case: Case, dice: random.Random) -> Seen:
    seen, before = Seen(), _Before(home)
    try:
        if case.kind is Kind.FULL:
            await fill(home, case, seen)
        else:
            await SCENES[case.part](home, case, dice, seen)
        await home.talk()
        for kind, sentences in (await home.judge()).items():
            seen.wrong.setdefault(kind, []).extend(sentences)
    except (Unavailable, TimeoutError) as error:
        seen.wrong[STUCK] = [str(error) or type(error).__name__]
    seen.said = seen.said or next(before.news(), "")
    return seen


def _readable(text: str) -> str:
    """A line of a log, without what is for machines."""
    try:
        fields = codec.decode_object(text.encode())
    except Malformed:
        return text
    return ": ".join(str(fields[name]) for name in ("event", "reason") if fields.get(name))


class _Before:
    """What there was when a case began."""

    def __init__(self, home: House) -> None:
        self._home = home
        self._sizes = {name: size(home.settings.logs / f"{name}.log") for name in _LOGS}
        self._aside = set(self._set_aside())

    def news(self) -> Iterator[str]:
        """What was told since."""
        for name in _LOGS:
            path = self._home.settings.logs / f"{name}.log"
            if path.exists():
                for text in path.read_bytes()[self._sizes[name] :].decode(errors="replace").splitlines():
                    if any(word in text for word in _TOLD):
                        yield f"{name}: {_readable(text)}"
        for path in set(self._set_aside()) - self._aside:
            yield f"set aside as {path.name}"

    def _set_aside(self) -> Iterator[Path]:
        for folder in (self._home.folder, self._home.settings.mosquitto, self._home.settings.history.parent):
            yield from folder.glob("*.damaged-*[0-9]")
