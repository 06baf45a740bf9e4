"""Jars come once, all or none, whatever Maven does. The Maven of these tests is a few lines of shell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from xasup.protocol.errors import Malformed, Unavailable
from xasup.runtime import maven

VERSION = "3.9.1"
_STAGE = 'for word; do case "$word" in -DoutputDirectory=*) stage="${word#*=}" ;; esac; done; mkdir -p "$stage"'


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a test puts its `mvn`, found before any other."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def mvn(folder: Path, script: str) -> None:
    program = folder / "mvn"
    program.write_text(f"#!/bin/sh\necho call >> {folder}/calls\n{_STAGE}\n{script}\n")
    program.chmod(0o700)


async def test_they_are_fetched_once_by_however_many(play: Path, cache: Path) -> None:
    mvn(play, f'touch "$stage/kafka_2.13-{VERSION}.jar" "$stage/other.jar"; sleep 0.3')
    said: list[str] = []
    homes = await asyncio.gather(*(maven.jars(VERSION, said.append, cache) for _ in range(3)))
    assert set(homes) == {cache / f"kafka-{VERSION}"}
    assert {jar.name for jar in homes[0].iterdir()} == {f"kafka_2.13-{VERSION}.jar", "other.jar"}
    assert (play / "calls").read_text().count("call") == 1
    assert len(said) == 2 and str(homes[0]) in said[0]
    assert {path.name for path in cache.iterdir()} == {f"kafka-{VERSION}", f".kafka-{VERSION}.lock"}


async def test_half_of_them_are_none(play: Path, cache: Path) -> None:
    mvn(play, 'touch "$stage/half.jar"; echo "[ERROR] Could not transfer artifact: Unknown host"; exit 1')
    with pytest.raises(Unavailable, match=r"could not fetch Kafka 3\.9\.1: Could not transfer.*xasup kafka fetch"):
        await maven.jars(VERSION, folder=cache)
    assert {path.name for path in cache.iterdir()} == {f".kafka-{VERSION}.lock"}
    mvn(play, f'touch "$stage/kafka_2.13-{VERSION}.jar"')
    assert await maven.jars(VERSION, folder=cache)


async def test_a_maven_that_brings_no_kafka_is_not_believed(play: Path, cache: Path) -> None:
    mvn(play, 'touch "$stage/other.jar"')
    with pytest.raises(Unavailable, match="no jar of Kafka"):
        await maven.jars(VERSION, folder=cache)
    assert not (cache / f"kafka-{VERSION}").exists()


async def test_who_gives_up_leaves_nothing(play: Path, cache: Path) -> None:
    mvn(play, "exec sleep 60")
    fetching = asyncio.create_task(maven.jars(VERSION, folder=cache))
    async with asyncio.timeout(10):
        while not (play / "calls").exists():
            await asyncio.sleep(0.01)  # no event tells that another program has begun
    fetching.cancel()
    await asyncio.wait([fetching])
    assert {path.name for path in cache.iterdir()} == {f".kafka-{VERSION}.lock"}


async def test_without_maven_the_way_out_is_named(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"mvn.* is not installed; `\./setup\.sh kafka`"):
        await maven.jars(VERSION, folder=cache)


async def test_a_cache_that_cannot_be_written_is_named(play: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot keep the jars"):
        await maven.jars(VERSION, folder=tmp_path / "file")


@pytest.mark.parametrize("version", ["", "5", "2.8.1", "3.9", "4.0.0-rc1", "../3.9.1", "3.9.1\n"])
async def test_what_is_no_version_is_refused(version: str, cache: Path) -> None:
    with pytest.raises(Malformed, match="version"):
        await maven.jars(version, folder=cache)
