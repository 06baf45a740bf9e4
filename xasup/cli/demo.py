"""`xasup demo`: the main story on a backend of its own, checked step by step."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import click

from xasup.cli.demo_people import make_person, new_connect_string
from xasup.cli.story import Tell, Unexpected, cast, play
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import XasupError
from xasup.protocol.inert import one_line
from xasup.runtime.output import emit, paint
from xasup.runtime.settings import Settings
from xasup.stack import LogKind, apart, stack
from xasup.wire.truth import open_truth

CAST, VISITOR = ("alice", "bob", "carol", "mallory"), "dave"


@click.command()
@click.option("--log", type=click.Choice(["redis", "kafka"]), default="redis", show_default=True, help="Which log.")
@click.option("--tls", is_flag=True, help="With TLS alone, under an authority of its own.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line of the story.")
def demo(log: LogKind, tls: bool, as_json: bool) -> None:
    """Play the main story without a screen, on real Mosquitto and Redis, on free ports and in a temporary folder.

    alice asks bob, bob accepts, messages travel with delivered and read, mallory is refused, a group of three gets a
    message, dave, who is away, gets his on a new phone, bob revokes and alice is refused. Exit status 0 and `demo: ok`,
    or 1 and what differed.

    \b
    Examples:
      xasup demo
      xasup demo --log kafka
      xasup demo --tls
    """
    try:
        with tempfile.TemporaryDirectory(prefix="xasup-demo-") as folder:
            asyncio.run(_play(apart(Path(folder), log, tls=tls), Path(folder), _printer(as_json)))
    except (Unexpected, XasupError) as error:
        click.echo(f"demo: {one_line(str(error))}")
        sys.exit(1)
    click.echo("demo: ok")


async def _play(settings: Settings, folder: Path, tell: Tell) -> None:
    trust = settings.authority if settings.tls else None
    async with stack(settings):
        connects = await _connects(settings)
        visitor = connects.pop(VISITOR)
        async with cast(connects, folder, trust) as people:
            await play(people, visitor, folder, tell, trust)


async def _connects(settings: Settings) -> dict[str, ConnectString]:
    async with open_truth(settings.redis_url) as truth:
        made = {name: new_connect_string(settings, name) for name in (*CAST, VISITOR)}
        for connect in made.values():
            await make_person(truth, connect)
        return made


def _printer(as_json: bool) -> Tell:
    def tell(who: str, what: str, said: str, ms: float) -> None:
        if as_json:
            emit({"who": who, "what": what, "said": said, "ms": round(ms, 2)})
            return
        colour = "red" if said.startswith("refused") else "green"
        padding = " " * max(1, 38 - len(said))
        click.echo(f"  {who:<8} {one_line(what):<52} {paint(one_line(said), colour)}{padding}{ms:8.1f} ms")

    return tell
