"""`xasup kafka`: what our own Kafka needs, had ahead of time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from xasup.protocol.errors import Unavailable
from xasup.runtime import class_archive, java, maven
from xasup.runtime.output import emit, note, say


@click.group()
def kafka() -> None:
    """Prepare the Kafka that `xasup up --log kafka` starts.

    \b
    Example:
      xasup kafka fetch
    """


@kafka.command()
@click.option("--version", default=maven.VERSION, show_default=True, help="Which Kafka.")
@click.option("--for-tests", is_flag=True, help="Also the Kafka 4 that the tests use.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def fetch(version: str, for_tests: bool, as_json: bool) -> None:
    """Fetch Kafka's jars (ZooKeeper's among them) with Maven, where they are not there yet, and print where they are.

    They go into your cache folder (XDG_CACHE_HOME, or ~/.cache), once; `xasup up --log kafka` does it itself when
    they are missing. Beside them goes what makes Kafka start in half of the time, after one start for trial.

    \b
    Examples:
      xasup kafka fetch
      xasup kafka fetch --json | jq -r .folder
    """
    java.require()
    for each in (version, maven.KRAFT_VERSION) if for_tests else (version,):
        folder = asyncio.run(_fetched(each))
        count = len(list(folder.glob("*.jar")))
        if as_json:
            emit({"version": each, "folder": str(folder), "jars": count})
        else:
            say(f"Kafka {each}: {count} jars in {folder}")


async def _fetched(version: str) -> Path:
    """The jars; of the Kafka that we start, with the archive of its classes. Raises Unavailable."""
    jars = await maven.jars(version, note)
    if version == maven.VERSION:
        try:
            await class_archive.make(jars)
        except Unavailable as error:
            note(f"Kafka will start slower than it could: {error}")
    return jars
