"""Our own Kafka with its ZooKeeper, on loopback, from jars in the user's cache. Refuses to know: what is kept in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import structlog

from xasup.protocol.errors import Unavailable
from xasup.runtime import java, kafka_keys, maven, ports, priority, scram, zookeeper_server
from xasup.runtime.segments import LOOK_EVERY, Segments
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child, Recipe
from xasup.wire import private

log = structlog.get_logger()

_HEAP = 512  # MiB
_LARGEST = (1 << 20) + (1 << 18)  # bytes of a record: the value that every log takes, with headers
_TRIES = 3  # of ZooKeeper, which has just begun to serve
_A_YEAR = 365 * 24 * 60  # minutes


@asynccontextmanager
async def kafka(
    settings: Settings,
    say: Callable[[str], None] = lambda line: None,
    detour: tuple[int, int] | None = None,
) -> AsyncIterator[Mapping[str, Child]]:
    """Run both for the time of the block; fetches the jars first where they are missing. *say* is told of that, and of
    each part that serves; *detour*: as in recipe(). Raises Unavailable with a sentence that names what is missing or
    taken."""
    java.require()
    require_ports(settings)
    jars = await maven.jars(maven.VERSION, say)
    async with Child(zookeeper(settings, jars)) as one:
        say("zookeeper")
        async with Child(recipe(settings, jars, detour)) as other:
            say("kafka")
            yield {"zookeeper": one, "kafka": other}


def require_ports(settings: Settings) -> None:
    """Raises Unavailable naming the port that is taken, who has it, and the option to choose another."""
    ports.require_free(settings.zookeeper_port, "--zookeeper-port")
    ports.require_free(settings.kafka_port, "--kafka-port")


def zookeeper(settings: Settings, jars: Path) -> Recipe:
    """How to run ZooKeeper; writes its configuration, with a new password."""
    folder, log = private.folder(settings.data / "zookeeper"), settings.logs / "zookeeper.log"
    return zookeeper_server.recipe(folder, settings.zookeeper_port, jars, log, kafka_keys.for_zookeeper(settings))


def recipe(settings: Settings, jars: Path, detour: tuple[int, int] | None = None) -> Recipe:
    """How to run Kafka beside a ZooKeeper that serves and whose recipe was made first; writes its configuration, with a
    new password. *detour*: a port on which it listens besides, and the port to which it sends those who come there."""
    folder = private.folder(settings.data / "kafka")
    logging = private.write(folder / "log4j.properties", zookeeper_server.LOG4J)
    roles = f"""\
broker.id=0
{_listeners(settings.kafka_port, detour)}
zookeeper.connect=127.0.0.1:{settings.zookeeper_port}
zookeeper.session.timeout.ms=6000
"""
    configuration = private.write(folder / "kafka.properties", text(segments(settings), roles))
    properties = {"log4j.configuration": logging.as_uri(), **kafka_keys.for_kafka(settings)}
    one = server(jars, configuration, properties, settings.own_kafka_url, settings.logs)
    sealed = Segments(segments(settings))
    return replace(one, before=_Introduction(settings).make, guard=sealed, look_every=LOOK_EVERY)


def segments(settings: Settings) -> Path:
    """Where it keeps its log."""
    return settings.data / "kafka" / "data"


class _Introduction:
    """Of a Kafka to ZooKeeper, before each start. Before the first one ZooKeeper has to be told the new password, or
    nobody is let in; later it knows."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._known = settings, False

    async def make(self) -> None:
        """Raises Unavailable."""
        for left in reversed(range(_TRIES)):
            try:
                await kafka_keys.prepare(self._settings)
            except Unavailable as error:
                if self._known:  # away itself: then Kafka waits for it, and for the session of the one before
                    log.info("the last Kafka may still count as alive", reason=str(error))
                    return
                if not left:
                    raise
            else:
                self._known = True
                return


def _listeners(port: int, detour: tuple[int, int] | None) -> str:
    if detour is None:
        return f"listeners=SASL_PLAINTEXT://127.0.0.1:{port}\n{asks_by(scram.MECHANISM)}"
    listens, told = detour
    return f"""\
listeners=SASL_PLAINTEXT://127.0.0.1:{port},DETOUR://127.0.0.1:{listens}
advertised.listeners=SASL_PLAINTEXT://127.0.0.1:{port},DETOUR://127.0.0.1:{told}
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,DETOUR:SASL_PLAINTEXT
{asks_by(scram.MECHANISM)}"""


def asks_by(mechanism: str) -> str:
    """The lines by which everybody has to show the password, the broker itself too."""
    return f"""\
security.inter.broker.protocol=SASL_PLAINTEXT
sasl.mechanism.inter.broker.protocol={mechanism}
sasl.enabled.mechanisms={mechanism}"""


def server(jars: Path, configuration: Path, properties: dict[str, str], url: str, logs: Path) -> Recipe:
    """How to run a Kafka of any generation. *properties*: of the system, that tell where its configuration of logging
    and its keys are; *url*: how it is asked whether it answers."""
    from xasup.wire.log.kafka_answers import answers  # here: without a Kafka nobody needs its library

    argv = java.argv("kafka.Kafka", jars, _HEAP, properties, str(configuration))
    return Recipe(
        "kafka",
        argv,
        logs / "kafka.log",
        probe=lambda: answers(url),
        ready_within=90.0,
        stop_within=30.0,
        niceness=priority.BACKGROUND,
    )


def text(data: Path, roles: str) -> str:
    """The configuration of one broker. *roles*: the lines that tell who it is, where it listens, and whom it asks."""
    return f"""\
# Written by xasup at each start; changes here are lost.
{roles}log.dirs={data}
# Nothing is forgotten by age, and no topic comes from a name spelled wrong.
log.retention.ms=-1
auto.create.topics.enable=false
message.max.bytes={_LARGEST}
# One broker holds every copy there is.
default.replication.factor=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
# What a consumer has committed is known for a year without another commit.
offsets.retention.minutes={_A_YEAR}
# Small: a few consumers, a few threads, no buffer of 128 MB.
offsets.topic.num.partitions=4
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""
