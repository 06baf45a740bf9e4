"""The admin commands as processes: statuses, standard streams, secrets, a backend that is not there or not complete."""

import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from contacts.admin import desk
from tests.support.commands import FOREVER, Commands
from tests.support.redis import RedisServer
from xasup.protocol.contacts import Edge, Side
from xasup.protocol.records import Contact, User
from xasup.wire.truth import open_truth, tables
from xasup.wire.truth.port import START, Cell, Step, Truth

TOKEN = "0123456789abcdef0123456789abcdef"


def test_statuses_as_the_shell_sees_them(commands: Commands) -> None:
    def status(*arguments: str) -> int:
        process = commands.start(*arguments)
        process.communicate()
        return process.returncode

    assert status("users", "create", "alice") == 0
    assert status("users", "create", "alice") == 1
    assert status("users", "create", "Alice") == 2
    assert status("users", "create") == 2


def test_no_backend_is_one_clear_line(tmp_path: Path) -> None:
    nowhere = Commands("", tmp_path)
    begun = time.monotonic()
    result = nowhere("users", "list")
    assert result.status == 2
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert f"no backend runs on {tmp_path}; start it with `xasup up`" in result.err
    assert time.monotonic() - begun < 2
    assert nowhere("users", "list", "--data", str(tmp_path / "other")).err.count("other") >= 1


def test_a_wrong_setting_is_one_clear_line(commands: Commands) -> None:
    commands.environment["XASUP_MQTT_PORT"] = "many"
    result = commands("users", "list")
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert "XASUP_MQTT_PORT=many" in result.err
    del commands.environment["XASUP_MQTT_PORT"]
    commands.environment["XASUP_REDIS"] = "postgres://me:secret@there"
    result = commands("users", "list")
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert "URL of Redis" in result.err
    assert "secret" not in result.err


def test_redis_gone_in_between_is_status_2(own_redis: RedisServer, tmp_path: Path) -> None:
    commands = Commands(own_redis.url, tmp_path)
    own_redis.stop()
    assert commands("users", "create", "alice").status == 2
    own_redis.start()
    commands.report(FOREVER)
    assert commands("users", "create", "alice").status == 0


def test_without_a_projector_it_is_recorded(redis: RedisServer, tmp_path: Path) -> None:
    commands = Commands(redis.url, tmp_path)
    commands.report(FOREVER, node="elsewhere")  # another node's does not count
    begun = time.monotonic()
    result = commands("users", "create", "alice", "--json")
    assert time.monotonic() - begun >= desk.PATIENCE
    assert result.status == 0
    assert result.json[0]["enforced"] is False
    assert "recorded" in result.err
    assert "recorded" not in result.out


async def test_the_answer_waits_for_the_directory(redis: RedisServer, tmp_path: Path) -> None:
    """It comes when the projector reports the change, not before, and not only after the patience."""

    async def follow(truth: Truth) -> float:
        (change,) = await truth.changes(START, 1, wait=5)
        begun = time.monotonic()
        await truth.report_applied("local", change.position)
        return begun

    async with open_truth(redis.url) as truth:
        projector = asyncio.create_task(follow(truth))
        result = await asyncio.to_thread(Commands(redis.url, tmp_path), "users", "create", "alice", "--json")
        answered = time.monotonic()
        reported = await projector
    assert result.json[0]["enforced"] is True
    assert result.err == ""
    assert 0 <= answered - reported < desk.PATIENCE / 2


def command_lines() -> list[bytes]:
    """Of all processes, as everybody on this machine can read them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:  # gone meanwhile
            continue
    return found


@pytest.mark.parametrize("source", ["file", "standard input"])
def test_a_token_does_not_stand_in_the_process_list(redis: RedisServer, tmp_path: Path, source: str) -> None:
    commands = Commands(redis.url, tmp_path)  # nobody reports, so the command lives for a while after its answer
    commands.put(Step(put={Cell(tables.USERS, "lamp"): User().encode()}))
    (tmp_path / "token").write_text(TOKEN)
    option = str(tmp_path / "token") if source == "file" else "-"
    process = commands.start("devices", "create", "lamp", "desk", "--token-file", option)
    assert process.stdin is not None
    assert process.stdout is not None
    if source == "standard input":
        process.stdin.write(TOKEN)
    process.stdin.close()
    assert TOKEN in process.stdout.readline()
    lines = command_lines()
    assert process.poll() is None
    assert any(b"--token-file" in line for line in lines)
    assert not any(TOKEN.encode() in line for line in lines)
    process.kill()
    process.wait()


def test_the_search_would_find_a_token_in_the_process_list() -> None:
    shell = ["sh", "-c", "echo ready; read line", TOKEN]
    process = subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert any(TOKEN.encode() in line for line in command_lines())
    process.communicate()


def test_a_closed_pipe_is_silent(commands: Commands) -> None:
    commands.put(*many_contacts(5_000))
    for command in (["contacts", "list", "alice"], ["contacts", "list", "alice", "--json"]):
        process = commands.start(*command, stdin=subprocess.DEVNULL)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


def test_no_colour_on_a_terminal_that_wants_none(commands: Commands) -> None:
    """`acl check`, `doctor` and these share one painter."""
    code = (
        "import sys; sys.stdout.isatty = lambda: True\n"
        "from xasup.runtime.output import paint, line\n"
        "line(paint('x', 'red'))"
    )

    def painted(**environment: str) -> str:
        bare = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        run = subprocess.run([sys.executable, "-c", code], env=bare | environment, capture_output=True, text=True)
        return run.stdout

    assert painted() == "\x1b[31mx\x1b[0m\n"
    assert painted(NO_COLOR="1") == "x\n"


def many_contacts(count: int, chunk: int = 1000) -> list[Step]:
    """alice has so many."""
    value = Contact(Side(Edge.ACCEPTED), 1_792_000_000_000, "a greeting of some length, as people write").encode()
    cells = [Cell(tables.contacts("alice"), f"user-{number:06}") for number in range(count)]
    steps = [Step(put=dict.fromkeys(cells[at : at + chunk], value)) for at in range(0, count, chunk)]
    return [Step(put={Cell(tables.USERS, "alice"): User().encode()}), *steps]


COLLECTING = """
import asyncio, sys
from contacts.operations import listings
from xasup.wire.truth import open_truth
async def main():
    async with open_truth(sys.argv[1]) as truth:
        found = [contact async for contact in listings.all_contacts(truth, "alice")]
    for other, contact in found:
        print(other, contact)
asyncio.run(main())
"""


def read_all(process: subprocess.Popen[str]) -> tuple[int, int]:
    """How many lines it printed, and the most memory it ever held, in KiB, as far as it was looked at."""
    assert process.stdout is not None
    status, count, most = Path(f"/proc/{process.pid}/status"), 0, 0
    for count, _ in enumerate(process.stdout, 1):
        if count % 1000 == 1 and (found := re.search(r"VmHWM:\s+(\d+)", status.read_text())):
            most = int(found[1])
    assert process.wait() == 0
    return count, most


def scans(server: RedisServer) -> int:
    """How often Redis was asked for a part of a table."""
    with Redis(unix_socket_path=str(server.socket)) as link:
        return int(link.info("commandstats")["cmdstat_hscan"]["calls"])


def test_a_listing_of_100_000_streams_in_constant_memory(commands: Commands, redis: RedisServer) -> None:
    commands.put(*many_contacts(10))
    quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    _, floor = read_all(commands.start("contacts", "list", "alice", **quiet))
    commands.put(*many_contacts(100_000))
    redis.command("CONFIG", "RESETSTAT")

    process = commands.start("contacts", "list", "alice", **quiet)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("USER")
    assert process.stdout.readline().startswith("alice")
    assert scans(redis) < 10  # nearly all is still to be read
    lines, most = read_all(process)
    assert lines == 99_999
    assert scans(redis) >= 100
    assert most - floor < 6_000, f"{most - floor} KiB more than for 10 contacts"

    options = {"env": {**os.environ}, "text": True, "stdout": subprocess.PIPE, **quiet}
    _, collected = read_all(subprocess.Popen([sys.executable, "-c", COLLECTING, commands.url], **options))
    assert collected - floor > 20_000  # the measure would notice a listing that is collected first
