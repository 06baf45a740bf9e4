"""`xasup kafka`: what our own Kafka needs, had ahead of time."""

from __future__ import annotations

import asyncio

import click

from xasup.runtime import java, maven
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
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
def fetch(version: str, as_json: bool) -> None:
    """Fetch Kafka's jars with Maven, where they are not there yet, and print where they are.

    They go into your cache folder (XDG_CACHE_HOME, or ~/.cache), once; `xasup up --log kafka` does it itself when
    they are missing.

    \b
    Examples:
      xasup kafka fetch
      xasup kafka fetch --json | jq -r .folder
    """
    java.require()
    folder = asyncio.run(maven.jars(version, note))
    count = len(list(folder.glob("*.jar")))
    if as_json:
        emit({"version": version, "folder": str(folder), "jars": count})
    else:
        say(f"Kafka {version}: {count} jars in {folder}")
