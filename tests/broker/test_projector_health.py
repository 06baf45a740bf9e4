"""What the projector tells of itself: how many changes, how far behind, what hinders it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from broker.projector.metrics import Metrics
from tests.support.projector import SOON, applied, decide, person, projector
from tests.support.redis import RedisServer
from xasup.protocol.errors import Unavailable
from xasup.runtime import parts
from xasup.runtime.parts import Part
from xasup.runtime.settings import Settings
from xasup.wire.truth import open_truth


def test_it_knows_how_far_behind_it_is() -> None:
    metrics = Metrics()
    assert metrics.facts()["state"] == "catching-up"
    metrics.applied(1000, "5000-0", "7500-3")
    assert (metrics.facts()["state"], metrics.facts()["lag_s"]) == ("catching-up", 2.5)
    assert metrics.registry.get_sample_value("xasup_projector_lag_seconds") == 2.5
    metrics.applied(2, "7500-3", "7500-3")
    assert (metrics.facts()["state"], metrics.facts()["lag_s"], metrics.facts()["applied"]) == ("ok", 0, 1002)
    assert metrics.registry.get_sample_value("xasup_projector_applied_changes_total") == 1002


def test_what_hindered_it_last_stays_known() -> None:
    metrics = Metrics()
    metrics.failed(Unavailable("redis is away"))
    assert (metrics.facts()["state"], metrics.facts()["reason"]) == ("waiting", "redis is away")
    metrics.rebuilding("asked for")
    assert (metrics.facts()["state"], metrics.facts()["reason"]) == (
        "catching-up",
        "rebuilding the directory: asked for",
    )
    metrics.applied(0, "1-0", "1-0")
    facts = metrics.facts()
    assert (facts["state"], facts["reason"], facts["last_error"]) == ("ok", "", "redis is away")


async def test_a_real_projector_says_what_it_does(tmp_path: Path, own_redis: RedisServer) -> None:
    settings = Settings(data=tmp_path)
    async with open_truth(own_redis.url) as truth, projector(tmp_path, own_redis.url) as follower:
        await follower.ready()
        position = await decide(truth, person("alice"))
        await applied(truth, position)
        found = await parts.look_at(settings, "projector")
        assert (found.well, found.facts["applied"], found.facts["position"]) == (True, 1, position)
        own_redis.stop()
        found = await when(settings, "waiting")
        assert found.facts["reason"].startswith("Redis is away")
        own_redis.start()
        assert (await when(settings, "ok")).facts["last_error"].startswith("Redis is away")
        await follower.end()
        assert await parts.look_at(settings, "projector") == Part("projector")


async def when(settings: Settings, state: str) -> Part:
    async with asyncio.timeout(SOON):
        while (found := await parts.look_at(settings, "projector")).state != state:
            await asyncio.sleep(0.02)  # nothing announces that a page has changed
    return found
