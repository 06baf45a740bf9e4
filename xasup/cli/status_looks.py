"""How each part is looked at: a function from the settings to its row. A look changes nothing, and takes a few seconds
at most, however badly a part is.

Refuses to know: how rows are shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from broker import launcher
from xasup.cli.checks_files import history_problem, kafka_problem, redis_problem
from xasup.cli.status_rows import DROPPED, FULL, Row
from xasup.protocol.errors import XasupError
from xasup.protocol.streams import Stream
from xasup.runtime import listening, parts, ports, processes, zookeeper_server
from xasup.runtime.parts import DOWN, SILENT, Part
from xasup.runtime.settings import Settings
from xasup.wire.log import open_log
from xasup.wire.redis.info import info

PATIENCE = 3.0  # seconds for any one part
AWAY, FAILING = "away", "failing"

# Of a part's facts, those that a person wants to see.
SHOWN = {
    "projector": ("applied", "lag_s"),
    "contacts": ("requests", "changes_waiting_on_directory", "changes_waiting_on_broker"),
    "bridge": ("received", "pending", "oldest_s", "duplicates", "dead_letters"),
    "history": ("records", "requests", "lag", "lost"),
}


async def survey(settings: Settings) -> list[Row]:
    """All parts, looked at at the same time. *settings*: as the backend that runs was told."""
    looks = (_redis(settings), _mosquitto(settings), *_log(settings))
    ours, (redis, mosquitto, *log) = await asyncio.gather(parts.look(settings), asyncio.gather(*looks))
    bridge = next(part for part in ours if part.name == "bridge")
    return [redis, _with_dropped(mosquitto, dropped(bridge)), *(_ours(settings, part) for part in ours), *log]


def dropped(bridge: Part) -> int | None:
    """How many messages the broker has thrown away since it started; None where no bridge is at work to be told."""
    count = bridge.facts.get("broker_dropped")
    return count if bridge.well and isinstance(count, int) else None


def _ours(settings: Settings, part: Part) -> Row:
    shown = {name: part.facts[name] for name in SHOWN[part.name] if isinstance(part.facts.get(name), int | float)}
    reason = str(part.facts.get("reason", "")) or ("it does not answer" if part.state == SILENT else "")
    if part.name == "history" and part.state == DOWN:
        reason = history_problem(settings)
    return Row(part.name, part.state, reason, part.pid, part.since, shown)


async def _redis(settings: Settings) -> Row:
    try:
        said = await info(settings.redis_url)
    except XasupError as error:
        return _redis_without_answer(settings, str(error))
    pid = 0 if settings.redis else int(said["process_id"])
    since = int(said["server_time_usec"]) // 1000 - int(said["uptime_in_seconds"]) * 1000
    figures = {"memory_mib": int(said["used_memory"]) >> 20, "commands": int(said["total_commands_processed"])}
    state, reason = "ok", ""
    if said.get("loading") == "1":
        state, reason = "catching-up", "it reads its file"
    elif said.get("aof_last_write_status", "ok") != "ok":
        state, reason = FAILING, "it cannot write its file, and refuses whatever is to be kept"
    elif 0 < int(said["maxmemory"]) <= int(said["used_memory"]):
        state, reason = FULL, "its memory is full, and it refuses whatever is to be kept"
    return Row("redis", state, reason, pid, since, figures)


def _redis_without_answer(settings: Settings, reason: str) -> Row:
    """Of our own it can be known which process it is, since it listens on a socket of this machine."""
    if settings.redis:
        return Row("redis", AWAY, reason)
    reason = redis_problem(settings) or reason
    pid = processes.behind(settings.redis_socket)
    return _Held(listening=pid > 0, pid=pid).row("redis", reason)


async def _mosquitto(settings: Settings) -> Row:
    """Well means that a message goes in and comes out, through the plugin."""
    asked = listening.Listening.of(settings).ports()
    held = _Held.by("mosquitto", list(asked.values()))
    reason = held.problem
    if not reason and not processes.stopped(held.pid):
        try:
            await launcher.serves(settings, PATIENCE)
        except XasupError as error:
            reason = str(error)
    return held.row("mosquitto", reason, {"listeners": len(asked)})


def _with_dropped(row: Row, count: int | None) -> Row:
    """*count*: as dropped() knows it. What was told before the broker stopped or stood still is old news."""
    if count is None or not row.well:
        return row
    figures = {**row.figures, "dropped": count}
    if not count:
        return replace(row, figures=figures)
    reason = "messages for devices whose queues are full were dropped since it started"
    return replace(row, state=DROPPED, reason=reason, figures=figures)


def _log(settings: Settings) -> Iterable[Awaitable[Row]]:
    if settings.log == "kafka" and not settings.kafka:
        yield _zookeeper(settings)
    yield _log_itself(settings)


async def _zookeeper(settings: Settings) -> Row:
    held = _Held.by("java", [settings.zookeeper_port])
    reason = held.problem
    try:
        async with asyncio.timeout(PATIENCE):
            if not reason and not await zookeeper_server.serves(settings.zookeeper_port):
                reason = "it does not serve"
    except TimeoutError:
        reason = "it does not answer"
    return held.row("zookeeper", reason)


async def _log_itself(settings: Settings) -> Row:
    own = settings.log == "kafka" and not settings.kafka
    held = _Held.by("java", [settings.kafka_port]) if own else _Held()
    figures: dict[str, float] = {}
    reason = held.problem
    if not held.listening:
        reason = await asyncio.to_thread(kafka_problem, settings) or reason
    if not reason:
        try:
            async with asyncio.timeout(PATIENCE):
                figures = await _log_figures(settings)
        except TimeoutError:
            reason = f"it has not answered for {PATIENCE:g} s"
        except XasupError as error:
            reason = str(error)
    name = "kafka" if settings.log == "kafka" else "log"
    return Row(name, AWAY, reason) if reason and not own else held.row(name, reason, figures)


async def _log_figures(settings: Settings) -> dict[str, float]:
    figures: dict[str, float] = {}
    async with open_log(settings.log_url) as log:
        for name, stream in (("messages", Stream.MESSAGES), ("dead_letters", Stream.DEAD_LETTERS)):
            figures[name] = sum(extent.records for extent in (await log.extent(stream)).values())
        for stream in Stream:
            for consumer, records in (await log.lag(stream)).items():
                figures[f"lag_of_{consumer}"] = figures.get(f"lag_of_{consumer}", 0) + records
    return figures


class _Held(NamedTuple):
    """Who listens where one program should. *problem*: "" where it does everywhere; *listening*: somewhere at least;
    *pid*: 0 where that may not be known."""

    problem: str = ""
    listening: bool = True
    pid: int = 0

    @classmethod
    def by(cls, program: str, wanted: Collection[int]) -> _Held:
        inodes = {port: inode for _, port, inode in ports.listeners() if port in wanted}
        owners = {port: ports.owner(inode) for port, inode in inodes.items()}
        strangers = [port for port, (name, _) in owners.items() if name not in ("", program)]
        missing = [port for port in wanted if port not in owners]
        problem = f"nobody listens on port {', '.join(map(str, missing))}" if missing else ""
        if strangers:
            problem = "; ".join(f"{ports.holder(inodes[port])} listens on port {port}" for port in strangers)
        own = [owners[port][1] for port in owners if port not in strangers]
        return cls(problem, bool(own), max(own, default=0))

    def row(self, name: str, reason: str, figures: Mapping[str, float] | None = None) -> Row:
        """*reason*: why it is not well, or ""."""
        state = "ok" if not reason else DOWN if not self.listening else FAILING
        if processes.stopped(self.pid):
            state, reason = SILENT, "it stands still"
        return Row(name, state, reason, self.pid, processes.started(self.pid) if self.pid else 0, figures or {})
