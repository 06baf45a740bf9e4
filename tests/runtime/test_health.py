"""The pages of a part: what they say, what strangers cannot do to them, and whom readers believe."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter

from tests.support.ports import free_port
from xasup.protocol import codec
from xasup.runtime import health, parts
from xasup.runtime.parts import Part
from xasup.runtime.settings import Settings


def running(settings: Settings, facts: Mapping[str, Any], part: str = "contacts", **options: Any):
    """Pages whose facts the test may change; one thing is counted."""
    registry = CollectorRegistry()
    Counter("xasup_contacts_requests", "Requests.", registry=registry).inc(3)
    return health.serving(settings, part, registry, lambda: facts, **options)


def port(settings: Settings, part: str = "contacts") -> int:
    return int(json.loads((settings.run / f"{part}.json").read_bytes())["port"])


async def sent(at: int, data: bytes) -> tuple[int, bytes]:
    """Status (0: none) and body of what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", at)
    writer.write(data)
    try:
        async with asyncio.timeout(10):
            response = await reader.read()
    except ConnectionResetError:
        return 0, b""
    finally:
        writer.close()
    head, _, body = response.partition(b"\r\n\r\n")
    if not head:
        return 0, b""
    assert f"Content-Length: {len(body)}\r\n".encode() in head
    return int(head.split()[1]), body


async def got(at: int, path: str, fields: str = "") -> tuple[int, bytes]:
    return await sent(at, f"GET {path} HTTP/1.1\r\nHost: here\r\n{fields}\r\n".encode())


async def test_prometheus_reads_the_metrics(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    async with running(settings, {"state": "ok"}):
        assert await got(port(settings), "/metrics") == (200, (await got(port(settings), "/metrics?x=y"))[1])
        status, text = await got(port(settings), "/metrics")
        assert (status, b"xasup_contacts_requests_total 3.0\n" in text, text.endswith(b"# EOF\n")) == (200, True, False)
        _, openmetrics = await got(port(settings), "/metrics", "accept: application/openmetrics-text;version=1.0.0\r\n")
        assert openmetrics.endswith(b"# EOF\n")


@pytest.mark.parametrize(
    ("state", "status"), [("ok", 200), ("standby", 200), ("catching-up", 200), ("waiting", 503), ("full", 503)]
)
async def test_the_status_says_whether_all_is_well(tmp_path: Path, state: str, status: int) -> None:
    settings = Settings(data=tmp_path)
    async with running(settings, {"state": state, "received": 7}):
        said, body = await got(port(settings), "/health")
        facts = {"part": "contacts", "pid": os.getpid(), "state": state, "received": 7}
        assert (said, json.loads(body)) == (status, facts)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /other HTTP/1.1\r\n\r\n", 404),
        (b"POST /health HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 405),
        (b"GET /health\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"\xff" * 100 + b"\r\n\r\n", 400),
        (b"\r\n\r\n", 400),
        (b"GET /" + b"x" * health.MAX_HEAD, 431),
        (b"GET /health HTTP/1.1\r\n\r\nGET /health HTTP/1.1\r\n\r\n", 200),
    ],
)
async def test_garbage_is_answered_and_harms_nobody(tmp_path: Path, data: bytes, status: int) -> None:
    settings = Settings(data=tmp_path)
    async with running(settings, {"state": "ok"}):
        assert (await sent(port(settings), data))[0] == status
        assert (await got(port(settings), "/health"))[0] == 200


async def test_who_does_not_finish_is_put_out(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    async with running(settings, {"state": "ok"}, patience=0.05):
        assert await sent(port(settings), b"GET /health HTTP/1.1\r\n") == (0, b"")
        assert await sent(port(settings), b"") == (0, b"")


async def test_too_many_visitors_are_not_let_in_until_others_leave(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    async with running(settings, {"state": "ok"}):
        guests = [await asyncio.open_connection("127.0.0.1", port(settings)) for _ in range(health.MAX_VISITORS)]
        assert (await got(port(settings), "/health"))[0] == 0
        for reader, writer in guests:
            writer.write(b"GET /health HTTP/1.1\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            await reader.read()
            writer.close()
        assert (await got(port(settings), "/health"))[0] == 200
        idle, writer = await asyncio.open_connection("127.0.0.1", port(settings))
        await got(port(settings), "/health")  # so that it has been let in
    with suppress(ConnectionResetError):
        assert await idle.read() == b""
    writer.close()


async def test_a_fact_that_cannot_be_said_is_an_answer_too(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    facts: dict[str, Any] = {"state": "ok", "odd": object()}
    async with running(settings, facts):
        assert (await got(port(settings), "/health"))[0] == 500
        del facts["odd"]
        assert (await got(port(settings), "/health"))[0] == 200
        del facts["state"]
        assert (await got(port(settings), "/health"))[0] == 500


async def test_parts_are_found_while_they_live(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert await parts.look(settings) == [Part(name) for name in parts.NAMES]
    async with running(settings, {"state": "waiting", "lag": 3}, "history"):
        (file,) = settings.run.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(settings.run.stat().st_mode) == 0o700
        *others, found = await parts.look(settings)
        assert others == [Part(name) for name in parts.NAMES[:-1]]
        assert (found.state, found.pid, found.facts["lag"], found.well) == ("waiting", os.getpid(), 3, False)
        assert abs(found.since - file.stat().st_mtime * 1000) < 1000
    assert list(settings.run.iterdir()) == []
    assert await parts.look_at(settings, "history") == Part("history")


async def test_each_part_has_its_port_and_moves_where_that_is_taken(tmp_path: Path) -> None:
    first = free_port()
    settings = Settings(data=tmp_path, metrics_port=first)
    assert [parts.port_of(settings, name) - first for name in parts.NAMES] == [0, 1, 2, 3]
    assert parts.port_of(Settings(data=tmp_path), "history") == 0
    async with running(settings, {"state": "ok"}, "projector"):
        assert port(settings, "projector") == first
        other = Settings(data=tmp_path / "other", metrics_port=first)
        async with running(other, {"state": "ok"}, "projector"):
            assert port(other, "projector") != first
            assert (await parts.look_at(other, "projector")).well


async def test_who_took_our_place_keeps_it(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    async with running(settings, {"state": "ok"}, "bridge"):
        file = settings.run / "bridge.json"
        file.write_bytes(codec.encode({"pid": 1, "port": 2}))
    assert file.exists()


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """A part in a process of its own, serving; killed at the end."""
    code = (
        "import asyncio; from pathlib import Path; from prometheus_client import CollectorRegistry\n"
        "from xasup.runtime import health; from xasup.runtime.settings import Settings\n"
        "async def main():\n"
        f"    settings = Settings(data=Path({str(settings.data)!r}))\n"
        "    async with health.serving(settings, 'bridge', CollectorRegistry(), lambda: {'state': 'ok'}):\n"
        "        print('serves', flush=True); await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    part = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", sys.executable, "-c", code), stdout=asyncio.subprocess.PIPE
    )
    assert part.stdout is not None
    try:
        assert await part.stdout.readline() == b"serves\n"
        yield part
    finally:
        if part.returncode is None:
            part.kill()
        await part.wait()


async def test_a_file_left_by_a_killed_process_confuses_nobody(tmp_path: Path) -> None:
    settings, other = Settings(data=tmp_path), Settings(data=tmp_path / "other")
    async with process(settings) as part:
        assert (await parts.look_at(settings, "bridge")).pid == part.pid
        part.kill()
        await part.wait()
        assert await parts.look_at(settings, "bridge") == Part("bridge")
        async with running(other, {"state": "ok"}, "bridge"):  # the port has gone to somebody else
            note = json.loads((settings.run / "bridge.json").read_bytes())
            (settings.run / "bridge.json").write_bytes(codec.encode(note | {"port": port(other, "bridge")}))
            assert await parts.look_at(settings, "bridge") == Part("bridge")


async def test_a_process_that_stands_still_is_silent(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    async with process(settings) as part:
        part.send_signal(signal.SIGSTOP)
        assert await parts.look_at(settings, "bridge") == Part("bridge", parts.SILENT, part.pid)
        part.send_signal(signal.SIGCONT)
        assert (await parts.look_at(settings, "bridge")).well


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"pid": 1}', b'{"pid": "1", "port": 2}', b'{"pid": 1, "port": -1}', b'{"pid":1,"port":70000}'],
)
async def test_a_file_that_cannot_be_read_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    settings = Settings(data=tmp_path)
    settings.run.mkdir()
    (settings.run / "contacts.json").write_bytes(content)
    assert await parts.look_at(settings, "contacts") == Part("contacts")


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n[]", b"HTTP/1.1 200 OK\r\n\r\n{}"]
)
async def test_a_stranger_on_the_port_is_not_believed(tmp_path: Path, answer: bytes) -> None:
    settings = Settings(data=tmp_path)
    settings.run.mkdir()

    def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        note = {"pid": os.getpid(), "port": server.sockets[0].getsockname()[1]}
        (settings.run / "contacts.json").write_bytes(codec.encode(note))
        assert await parts.look_at(settings, "contacts") == Part("contacts")
