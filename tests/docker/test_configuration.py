"""The servers in containers are configured as those of `xasup up`, but for where they listen and keep their data; and
each knows its limit before its container's ends it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from xasup.runtime import kafka_server, redis_server, scram, zookeeper_server
from xasup.runtime.settings import Settings

DOCKER = Path(__file__).parents[2] / "docker"
UNITS = {"mb": 1 << 20, "m": 1 << 20, "g": 1 << 30}


def lines(path: Path, between: str) -> dict[str, str]:
    """Name to value."""
    wanted = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in (line.partition(between) for line in wanted)}


def different(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def size(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([a-z]+)", text).groups()  # type: ignore[union-attr]  # else it fails, too
    return int(number) * UNITS[unit]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


def test_kafka(settings: Settings, tmp_path: Path) -> None:
    kafka_server.zookeeper(settings, tmp_path)
    kafka_server.recipe(settings, tmp_path)
    ours, theirs = (lines(at / "kafka.properties", "=") for at in (settings.data / "kafka", DOCKER / "kafka"))
    places = {"listeners", "advertised.listeners", "zookeeper.connect", "log.dirs"}
    keys = {line.partition("=")[0] for line in kafka_server.asks_by(scram.MECHANISM).splitlines()}
    assert different(ours, theirs) == places | keys


def test_zookeeper(settings: Settings, tmp_path: Path) -> None:
    recipe = kafka_server.zookeeper(settings, tmp_path)
    ours, theirs = lines(Path(recipe.argv[-1]), "="), lines(DOCKER / "kafka" / "zookeeper.properties", "=")
    keys = {"authProvider.sasl", "enforce.auth.enabled", "enforce.auth.schemes"}  # nobody else is in that network
    assert different(ours, theirs) == {"dataDir", "clientPortAddress"} | keys


def test_what_java_logs(tmp_path: Path) -> None:
    ours = tmp_path / "log4j.properties"
    ours.write_text(zookeeper_server.LOG4J)
    assert lines(ours, "=") == lines(DOCKER / "kafka" / "log4j.properties", "=")


def test_redis(settings: Settings) -> None:
    recipe = redis_server.recipe(settings.redis_socket, settings.logs / "redis.log")
    ours, theirs = lines(Path(recipe.argv[-1]), " "), lines(DOCKER / "redis" / "redis.conf", " ")
    where = {"port", "bind", "protected-mode", "unixsocket", "unixsocketperm", "dir"}
    assert different(ours, theirs) == where | {"maxmemory"}
    assert theirs["maxmemory-policy"] == "noeviction"


def test_redis_refuses_before_its_container_ends_it(settings: Settings) -> None:
    """The log's own limit, then that of Redis, then that of the container, which kills."""
    compose = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    assert compose["x-settings"]["XASUP_LOG_MEMORY"] == f"${{XASUP_LOG_MEMORY:-{settings.log_memory}}}"
    redis = compose["services"]["redis"]
    most = size(lines(DOCKER / "redis" / "redis.conf", " ")["maxmemory"])
    assert settings.log_memory < most < 0.75 * size(redis["mem_limit"])
