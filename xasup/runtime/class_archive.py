"""Kafka's classes as Java has them in memory, in a file beside its jars: with it a start takes a half of the CPU time.

Java makes it when a Kafka ends in order, and passes over one that does not fit: of another Java, of other jars. Refuses
to know: who starts Kafka later.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from xasup.runtime import java, kafka_server, ports
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child

_END = 60.0  # seconds within which it is written


async def make(jars: Path) -> None:
    """Where it is missing: start a Kafka of ours on free ports, and end it. Raises Unavailable."""
    archive = java.archive(jars)
    if archive.exists():
        return
    with tempfile.TemporaryDirectory(prefix=f".{archive.name}-", dir=jars.parent) as folder:
        draft = Path(folder) / archive.name
        kafka_port, zookeeper_port = ports.free_ports(2)
        settings = Settings(data=Path(folder) / "data", kafka_port=kafka_port, zookeeper_port=zookeeper_port)
        zookeeper, recipe = kafka_server.zookeeper(settings, jars), kafka_server.recipe(settings, jars)
        argv = [recipe.argv[0], f"-XX:ArchiveClassesAtExit={draft}", *recipe.argv[1:]]
        async with Child(zookeeper), Child(replace(recipe, argv=argv, stop_within=_END)):
            pass
        if draft.exists():  # else this Java has no such thing
            draft.replace(archive)
