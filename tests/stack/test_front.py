"""Mosquitto and the projector together, for a Redis that runs elsewhere; and the tokens that outlive a start."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from broker import launcher
from tests.support.broker import build_plugin
from tests.support.redis import RedisServer
from xasup.protocol.errors import Malformed, Unavailable
from xasup.runtime import listening
from xasup.runtime.settings import Settings
from xasup.stack import apart, front, provision


@pytest.fixture
def settings(tmp_path: Path, redis: RedisServer) -> Settings:
    if shutil.which("setpriv") is None or launcher.find_program() is None:
        pytest.skip("apt-get install mosquitto util-linux")
    return apart(tmp_path).model_copy(update={"redis": redis.url, "plugin": build_plugin()})


def tokens(settings: Settings) -> dict[str, str]:
    return {path.name: path.read_text() for path in settings.secrets.iterdir()}


async def test_a_message_comes_through_and_the_tokens_stay(settings: Settings) -> None:
    async with front(settings) as parts:
        assert set(parts) == {"projector", "mosquitto"}
        await launcher.serves(settings, 5)
        assert listening.find(settings).mqtt_port == settings.mqtt_port
        before = tokens(settings)
    async with front(settings):
        await launcher.serves(settings, 5)
        assert tokens(settings) == before


async def test_a_redis_that_lost_all_gets_the_same_tokens_again(settings: Settings, redis: RedisServer) -> None:
    await provision(settings)
    before = tokens(settings)
    redis.command("FLUSHALL")
    async with front(settings):
        await launcher.serves(settings, 5)
    assert tokens(settings) == before


async def test_other_starts_make_new_tokens(settings: Settings) -> None:
    await provision(settings)
    before = tokens(settings)
    await provision(settings)
    assert not set(before.values()) & set(tokens(settings).values())


async def test_only_one_at_a_time(settings: Settings) -> None:
    async with front(settings):
        with pytest.raises(Unavailable, match="already runs"):
            async with front(settings):
                pass


async def test_without_a_redis_it_says_what_to_set(settings: Settings) -> None:
    with pytest.raises(Malformed, match="XASUP_REDIS"):
        async with front(settings.model_copy(update={"redis": ""})):
            pass
