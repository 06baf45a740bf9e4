"""The jars of Kafka: fetched once by Maven into the user's cache, all of them or none.

Refuses to know: how Kafka is run.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, create_subprocess_exec
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from platformdirs import user_cache_path

from xasup.protocol.errors import Malformed, Unavailable

VERSION = "3.9.1"  # the last that runs with ZooKeeper
KRAFT_VERSION = "4.4.0"  # runs on Java 17

# What writes the log of each generation: Kafka itself brings only the interface.
_LOGGING = {3: ("org.slf4j", "slf4j-reload4j", "1.7.36"), 4: ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.24.3")}
_PAUSE = 0.2  # seconds between two looks whether another process has done
Say = Callable[[str], None]


def cache() -> Path:
    """Where the jars of all versions are."""
    return user_cache_path("xasup")


async def jars(version: str, say: Say = lambda line: None, folder: Path | None = None) -> Path:
    """The folder of Kafka's jars, fetched where they are missing; *say* is told of that. *folder*: another cache.

    Raises Malformed for what is no version, Unavailable with what to do where they cannot be had.
    """
    logging = _LOGGING.get(int(version[0])) if re.fullmatch(r"\d\.\d{1,2}\.\d{1,2}", version) else None
    if logging is None:
        raise Malformed(f"{version!r} is not a version of Kafka that we can run; expected one such as {VERSION}")
    home = (folder or cache()) / f"kafka-{version}"
    if not home.is_dir():
        async with _alone(home):
            if not home.is_dir():  # another process may have fetched them meanwhile
                await _fetch(version, logging, home, say)
    return home


async def _fetch(version: str, logging: tuple[str, str, str], home: Path, say: Say) -> None:
    if shutil.which("mvn") is None:
        raise Unavailable(
            f"the jars of Kafka {version} are not in {home}, and mvn, which fetches them, is not installed; "
            f"`./setup.sh kafka` installs it"
        )
    say(f"fetching Kafka {version} into {home} (about 50 MB, once) …")
    with tempfile.TemporaryDirectory(prefix=f".{home.name}-", dir=home.parent) as draft:
        pom, stage = Path(draft) / "pom.xml", Path(draft) / "jars"
        pom.write_text(_pom(version, logging))
        await _copy_dependencies(version, pom, stage)
        found = list(stage.glob("*.jar"))
        if not any(jar.name.endswith(f"-{version}.jar") for jar in found):
            raise Unavailable(f"Maven has fetched no jar of Kafka {version}; `xasup kafka fetch` tries again")
        stage.rename(home)
    say(f"fetched {len(found)} jars")


async def _copy_dependencies(version: str, pom: Path, stage: Path) -> None:
    """Raises Unavailable with what Maven says."""
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={stage}", "-DincludeScope=runtime"]
    command = ["mvn", "--batch-mode", "--quiet", "--file", str(pom), *goal]
    maven = await create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT)
    try:
        output, _ = await maven.communicate()
    finally:
        if maven.returncode is None:
            maven.kill()
            await maven.wait()
    if maven.returncode:
        raise Unavailable(
            f"Maven could not fetch Kafka {version}: {_first_error(output.decode(errors='replace'))}; "
            f"see that the network is there, then `xasup kafka fetch` tries again"
        )


def _first_error(output: str) -> str:
    lines = [line.removeprefix("[ERROR]").strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", output).splitlines()]
    return next(filter(None, lines), "no output")[:400]


def _pom(version: str, logging: tuple[str, str, str]) -> str:
    wanted = (("org.apache.kafka", "kafka_2.13", version), logging)
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{each}</version></dependency>\n"
        for group, name, each in wanted
    )
    return f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>xasup</groupId><artifactId>kafka</artifactId><version>1</version>
<dependencies>
{dependencies}</dependencies>
</project>
"""


@asynccontextmanager
async def _alone(home: Path) -> AsyncIterator[None]:
    """One process at a time fetches into *home*. Raises Unavailable where nothing can be written there."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(home.with_name(f".{home.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(f"cannot keep the jars of Kafka in {home.parent}: {error.strerror}") from None
    try:
        while not _locked(lock):  # noqa: ASYNC110 - no event tells of another process's lock
            await asyncio.sleep(_PAUSE)
        yield
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
