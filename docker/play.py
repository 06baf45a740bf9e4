"""`play.py FOLDER KILL PART…`: from outside, as any client: the main story, then messages while each PART is killed.

KILL PART is a command that kills the part and returns when it is healthy again. FOLDER has a connect string for each of
the cast. Exit status 0: the story went as told, and what was sent is there once, in order, with *stored* or better.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from xasup.cli.demo import CAST, VISITOR
from xasup.cli.story import Unexpected, cast, play
from xasup.client import Client, MessageAdded, StateChanged
from xasup.protocol.connect import ConnectString, parse
from xasup.protocol.errors import XasupError
from xasup.protocol.ids import MessageId
from xasup.protocol.states import State

SAFE = frozenset({State.STORED, State.DELIVERED, State.READ})
PAUSE = 0.05  # seconds between two messages
WITHIN = 90.0  # seconds for all to be there after the last kill


def judge(sent: list[str], shown: list[str]) -> str:
    """What is wrong with what the recipient saw; empty where nothing is."""
    lost, twice = set(sent) - set(shown), len(shown) - len(set(shown))
    if lost or twice:
        return f"{len(lost)} lost, {twice} shown twice, of {len(sent)}"
    return "" if shown == sent else "out of order"


def check_the_judge() -> None:
    """A check that cannot fail shows nothing."""
    sent = ["1", "2", "3"]
    for broken in (["1", "3"], ["1", "2", "2", "3"], ["2", "1", "3"]):
        if not judge(sent, broken):
            raise Unexpected(f"the check lets {broken} pass for {sent}")


async def under_fire(sender: ConnectString, to: ConnectString, folder: Path, kill: str, parts: list[str]) -> int:
    """How many messages went through. Raises Unexpected where one did not."""
    sent: dict[MessageId, str] = {}
    safe: set[MessageId] = set()
    shown: list[str] = []
    news = asyncio.Event()
    async with Client(sender, store(folder, sender)) as one, Client(to, store(folder, to)) as other:

        async def watch_sender() -> None:
            async for event in one.events():
                if isinstance(event, StateChanged) and event.state in SAFE:
                    safe.add(event.id)
                    news.set()

        async def watch_recipient() -> None:
            async for event in other.events():
                if isinstance(event, MessageAdded) and event.message.text.startswith("under fire "):
                    shown.append(event.message.text)
                    news.set()

        async def send() -> None:
            while True:
                text = f"under fire {len(sent)}"
                sent[await one.send(to.client.user, text)] = text
                await asyncio.sleep(PAUSE)

        watching = [asyncio.create_task(watch_sender()), asyncio.create_task(watch_recipient())]
        sending = asyncio.create_task(send())
        try:
            await asyncio.gather(one.online(), other.online())
            for part in parts:
                await come_back(kill, part)
        finally:
            sending.cancel()
            await asyncio.wait([sending])
        try:
            async with asyncio.timeout(WITHIN):
                while len(shown) < len(sent) or not sent.keys() <= safe:
                    await news.wait()
                    news.clear()
        except TimeoutError:
            pass  # what is missing is told below
        for task in watching:
            task.cancel()
        await asyncio.wait(watching)
    if wrong := judge(list(sent.values()), shown):
        raise Unexpected(wrong)
    if unsafe := sent.keys() - safe:
        raise Unexpected(f"{len(unsafe)} of {len(sent)} never became stored")
    return len(sent)


async def come_back(kill: str, part: str) -> None:
    process = await asyncio.create_subprocess_exec(kill, part)
    if status := await process.wait():
        raise Unexpected(f"{kill} {part} ended with status {status}")


def store(folder: Path, connect: ConnectString) -> Path:
    return folder / f"{connect.client}.sqlite".replace(":", "-")


def tell(who: str, what: str, said: str, ms: float) -> None:
    sys.stdout.write(f"  {who:<8} {what:<52} {said:<38} {ms:8.1f} ms\n")


async def run(connects: dict[str, ConnectString], folder: Path, kill: str, parts: list[str]) -> None:
    everybody = dict(connects)
    visitor = connects.pop(VISITOR)
    async with cast(connects, folder) as people:
        await play(people, visitor, folder, tell)
    count = await under_fire(everybody["alice"], everybody["carol"], folder, kill, parts)
    sys.stdout.write(f"{', '.join(parts)} killed: {count} messages, each there once, in order\n")


def main(folder: Path, kill: str, parts: list[str]) -> int:
    try:
        check_the_judge()
        connects = {name: parse((folder / name).read_text().strip()) for name in (*CAST, VISITOR)}
        with tempfile.TemporaryDirectory(prefix="xasup-docker-") as clients:
            asyncio.run(run(connects, Path(clients), kill, parts))
    except (Unexpected, XasupError, OSError) as error:
        sys.stderr.write(f"docker: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
