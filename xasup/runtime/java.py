"""How a program in Java is started from its jars. Refuses to know: which program, where the jars come from."""

from __future__ import annotations

import shutil
from pathlib import Path

from xasup.protocol.errors import Unavailable


def argv(main: str, jars: Path, heap: int, properties: dict[str, str], *arguments: str) -> list[str]:
    """The command line of class *main*. *jars*: a folder of them; *heap*: MiB; *properties*: of the system."""
    classes = archive(jars)
    return [
        "java",
        *([f"-XX:SharedArchiveFile={classes}"] if classes.exists() else []),
        f"-Xms{min(heap, 64)}m",
        f"-Xmx{heap}m",
        "-XX:+ExitOnOutOfMemoryError",  # its supervisor starts it again
        # A compiler and a collector that are done soon: with the usual ones a Kafka that has just begun takes a core.
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Djava.awt.headless=true",
        "-Djava.net.preferIPv4Stack=true",
        *(f"-D{name}={value}" for name, value in properties.items()),
        "-cp",
        f"{jars}/*",
        main,
        *arguments,
    ]


def archive(jars: Path) -> Path:
    """Where the classes of *jars* are kept as Java has them in memory; see class_archive.py."""
    return jars.with_name(f"classes-{jars.name}.jsa")


def require() -> None:
    """Raises Unavailable where there is no Java."""
    if shutil.which("java") is None:
        raise Unavailable("java is not installed, and Kafka needs it; `./setup.sh kafka` installs what is missing")
