"""Our own Kafka: reachable from this machine alone, its files its owner's; what is missing is named, and what to do."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.kafka import jars
from tests.support.priority import niceness_of, session_niceness
from xasup.cli.kafka import kafka as command
from xasup.protocol.errors import Unavailable
from xasup.runtime import java, kafka_server, maven, ports, priority
from xasup.runtime.settings import Settings


def settings_in(folder: Path) -> Settings:
    kafka_port, zookeeper_port = ports.free_ports(2)
    return Settings(data=folder / "data", kafka_port=kafka_port, zookeeper_port=zookeeper_port)


@pytest.mark.xdist_group("kafka")
async def test_both_serve_on_loopback_and_end_without_a_trace(tmp_path: Path) -> None:
    settings, said = settings_in(tmp_path), list[str]()
    async with kafka_server.kafka(settings, said.append) as children:
        assert said == ["zookeeper", "kafka"]
        pids = {f"(process {child.pid})" for child in children.values()}
        ours = {
            (address, port)
            for address, port, inode in ports.listeners()
            if any(pid in ports.holder(inode) for pid in pids)
        }
        mine = {address for address, _ in ours}
        assert {port for _, port in ours} == {settings.kafka_port, settings.zookeeper_port}
        assert all(address == "0100007F" or address.endswith("0000FFFF0100007F") for address in mine)  # 127.0.0.1
        for folder in ("kafka", "zookeeper"):
            assert stat.S_IMODE((settings.data / folder).stat().st_mode) == 0o700
            for file in (settings.data / folder).iterdir():
                if file.is_dir():
                    continue
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for child in children.values():  # people wait for others
            assert child.pid is not None
            assert niceness_of(child.pid) == {min(os.nice(0) + priority.BACKGROUND, 19)}
            assert session_niceness(child.pid) in (None, priority.BACKGROUND)
        with pytest.raises(Unavailable, match=rf"port {settings.zookeeper_port} is taken by java.*--zookeeper-port"):
            kafka_server.require_ports(settings)
    kafka_server.require_ports(settings)


async def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.kafka_port))
        other.listen()
        with pytest.raises(Unavailable, match="--kafka-port"):
            async with kafka_server.kafka(settings):
                pass
    assert not (settings.data / "zookeeper").exists()


async def test_without_java_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"java is not installed.*setup\.sh kafka"):
        async with kafka_server.kafka(settings_in(tmp_path)):
            pass


def test_fetching_what_is_there_tells_where(tmp_path: Path) -> None:
    folder = jars(maven.VERSION)
    result = CliRunner().invoke(command, ["fetch", "--json"])
    assert json.loads(result.output) == {
        "version": maven.VERSION,
        "folder": str(folder),
        "jars": len(list(folder.glob("*.jar"))),
    }
    assert os.access(folder, os.R_OK)


def test_the_archive_of_classes_is_used_where_there_is_one(tmp_path: Path) -> None:
    jars = tmp_path / "kafka-1"
    assert not any("SharedArchiveFile" in word for word in java.argv("Main", jars, 64, {}))
    java.archive(jars).touch()
    assert f"-XX:SharedArchiveFile={java.archive(jars)}" in java.argv("Main", jars, 64, {})


@pytest.mark.skipif(shutil.which("java") is None, reason="no java; `./setup.sh kafka` installs it")
def test_an_archive_that_does_not_fit_is_passed_over(tmp_path: Path) -> None:
    java.archive(tmp_path).write_bytes(b"of another Java" * 1000)
    argv = java.argv("-version", tmp_path, 64, {})
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 0
