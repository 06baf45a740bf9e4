"""The admin commands on a real Redis, with a directory that has everything at once."""

from pathlib import Path

import pytest

from tests.support.commands import FOREVER, Commands
from tests.support.redis import RedisServer


@pytest.fixture
def commands(redis: RedisServer, tmp_path: Path) -> Commands:
    commands = Commands(redis.url, tmp_path)
    commands.report(FOREVER)
    return commands
