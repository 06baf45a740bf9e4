"""What is said about files that a disk has changed."""

from __future__ import annotations

from pathlib import Path

from xasup.cli.checks_files import files
from xasup.cli.finding import Health
from xasup.runtime.kafka_server import segments
from xasup.runtime.redis_server import AppendOnlyFile
from xasup.runtime.segments import Segments
from xasup.runtime.settings import Settings
from xasup.wire.store.repair import doubt


def test_damage_that_is_known_is_told_with_what_can_be_done(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert [it.health for it in files(settings)] == [Health.OK]
    kept = tmp_path / "redis" / "appendonlydir" / "appendonly.aof.1.incr.aof"
    for path in (kept, settings.history, settings.mosquitto / "sessions.db.damaged-1"):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"as it was written")
    AppendOnlyFile(tmp_path / "redis").renew()
    doubt(settings.history).touch()
    kept.write_bytes(b"as it was writteo")
    redis, history, sessions = files(settings)
    assert (redis.health, history.health, sessions.health) == (Health.BAD, Health.BAD, Health.NOTE)
    assert str(kept) in redis.detail and "restore a backup" in redis.advice
    assert str(settings.history) in history.detail and "history.log" in history.advice
    assert "sessions.db.damaged-1" in sessions.detail


def test_a_segment_of_our_own_kafka_is_named_where_it_has_the_log(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, log="kafka")
    path = segments(settings) / "xasup.messages-0" / "00000000000000000000.log"
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(8) + b"\0\0\0\1" + b"x")
    Segments(segments(settings)).renew()
    assert [it.health for it in files(settings)] == [Health.OK]
    path.write_bytes(b"")
    [found] = files(settings)
    assert found.health is Health.BAD
    assert f"{path} was cut" in found.detail and "put the good file back" in found.advice
    [elsewhere] = files(settings.model_copy(update={"kafka": "kafka.example.org:9092"}))
    assert elsewhere.health is Health.OK
