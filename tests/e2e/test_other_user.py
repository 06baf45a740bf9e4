"""Another user of the same machine: reads no file, comes to no socket, sees no secret of a running backend.

Whatever folders are opened by mistake, each file keeps its own door shut.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.support.kafka import jars
from tests.support.processes import children
from tests.support.stranger import as_stranger
from xasup.backup.records import answering
from xasup.cli.demo_people import connect_strings
from xasup.protocol.connect import parse
from xasup.protocol.errors import Unavailable
from xasup.runtime import kafka_server, maven
from xasup.runtime.settings import Settings
from xasup.stack import apart, stack
from xasup.wire.log import open_log
from xasup.wire.redis.info import info

FOR_ALL = {"ca.pem", "server.pem"}  # certificates are shown to everybody who connects


@asynccontextmanager
async def running() -> AsyncIterator[Settings]:
    """A backend with TLS alone and two people, in a folder that anybody may enter."""
    with tempfile.TemporaryDirectory(prefix="xasup-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        settings = apart(folder, tls=True)
        async with stack(settings):
            yield settings


def entries(settings: Settings) -> list[Path]:
    return [path for path in settings.data.rglob("*") if not path.is_dir() and not path.is_symlink()]


def opened(paths: Iterable[Path]) -> list[str]:
    """Which of them this user may read, write or connect to."""
    found = []
    for path in paths:
        with suppress(OSError):
            if stat.S_ISSOCK(path.stat().st_mode):
                with socket.socket(socket.AF_UNIX) as plug:
                    plug.connect(str(path))
            else:
                os.close(os.open(path, os.O_RDONLY))
            found.append(path.name)
    return found


def shown(pids: Iterable[int]) -> bytes:
    """All that this user can learn of these processes: command lines and environments."""
    said = b""
    for pid in pids:
        for page in ("cmdline", "environ"):
            with suppress(OSError):
                said += Path(f"/proc/{pid}/{page}").read_bytes()
    return said


async def test_nothing_is_open_to_another_user() -> None:
    async with running() as settings:
        people = await connect_strings(settings)
        paths = entries(settings)
        assert {"redis.sock", "mosquitto.sock", "server.key", "history.sqlite"} <= {path.name for path in paths}
        assert as_stranger(lambda: opened(paths)) == []
        for path in (settings.data, *(each for each in settings.data.rglob("*") if each.is_dir())):
            path.chmod(0o755)
        assert set(as_stranger(lambda: opened(paths))) <= FOR_ALL
        (settings.data / "control").write_text("")
        (settings.data / "control").chmod(0o644)
        assert as_stranger(lambda: opened([settings.data / "control"])) == ["control"]  # the control
        pids = children(os.getpid())
        secrets = [path.read_text() for path in settings.secrets.iterdir()]
        secrets = [parse(text).token if "://" in text else text for text in [*secrets, *people.values()]]
        seen = as_stranger(lambda: shown(pids))
        assert b"mosquitto" in seen and not any(secret.encode() in seen for secret in secrets)
        assert not any(secret.encode() in shown(pids) for secret in secrets)  # not even to ourselves


@pytest.mark.xdist_group("kafka")
async def test_nothing_of_kafka_is_open_to_another_user() -> None:
    """The ports are: what answers there asks for a password."""
    await asyncio.to_thread(jars, maven.VERSION)
    with tempfile.TemporaryDirectory(prefix="xasup-") as name:
        Path(name).chmod(0o755)
        settings = apart(Path(name), "kafka")
        async with kafka_server.kafka(settings) as children:
            for path in (settings.data, *(each for each in settings.data.rglob("*") if each.is_dir())):
                path.chmod(0o755)
            paths = [settings.kafka_password, settings.zookeeper_password, *(settings.data / "kafka").glob("*.conf")]
            paths += [settings.data / "zookeeper" / "jaas.conf", settings.data / "kafka" / "kafka.properties"]
            assert len(paths) == 6 and as_stranger(lambda: opened(paths)) == []
            assert len(opened(paths)) == 6  # the control
            secrets = [path.read_text().encode() for path in settings.secrets.iterdir()]
            pids = [child.pid or 0 for child in children.values()]
            seen = as_stranger(lambda: shown(pids))
            assert b"java" in seen and not any(secret in seen + shown(pids) for secret in secrets)
            with pytest.raises(Unavailable):
                async with asyncio.timeout(5), open_log(f"kafka://127.0.0.1:{settings.kafka_port}") as log:
                    await log.extent("xasup.messages")
            async with open_log(settings.log_url) as log:  # the control
                await answering(log)
                await log.extent("xasup.messages")


async def test_redis_asks_for_its_password(tmp_path: Path) -> None:
    async with running() as settings:
        assert int((await info(settings.redis_url))["connected_clients"]) > 0
        with pytest.raises(Unavailable, match="[Aa]uth"):
            await info(f"unix://{settings.redis_socket}")
        (tmp_path / "wrong").write_text("wrong")
        with pytest.raises(Unavailable, match="[Pp]assword|WRONGPASS"):
            await info(f"unix://{settings.redis_socket}?password_file={tmp_path / 'wrong'}")
        assert settings.redis_password.read_text() not in (settings.data / "redis" / "redis.conf").read_text()
        async with open_log(settings.log_url) as log:
            await asyncio.wait_for(log.extent("xasup.messages"), 5)
