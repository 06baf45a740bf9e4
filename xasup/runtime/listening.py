"""Where the running backend of a data directory listens and keeps its log, told in a file there: for commands that are
given the directory alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from xasup.protocol import codec
from xasup.protocol.errors import Malformed
from xasup.runtime.settings import Settings

_FILE = "listening.json"


@dataclass(frozen=True, slots=True)
class Listening:
    """*mqtts_port*, *wss_port*: 0 where TLS is off; *log* and the rest: as in the settings."""

    host: str
    mqtt_port: int
    ws_port: int
    mqtts_port: int = 0
    wss_port: int = 0
    log: str = "redis"
    kafka: str = ""
    kafka_port: int = 9092
    zookeeper_port: int = 2181

    @classmethod
    def of(cls, settings: Settings) -> Listening:
        """What these settings ask for."""
        return cls(
            host=settings.host,
            mqtt_port=settings.mqtt_port,
            ws_port=settings.ws_port,
            mqtts_port=settings.mqtts_port if settings.tls else 0,
            wss_port=settings.wss_port if settings.tls else 0,
            log=settings.log,
            kafka=settings.kafka,
            kafka_port=settings.kafka_port,
            zookeeper_port=settings.zookeeper_port,
        )

    def ports(self) -> dict[str, int]:
        """Kind of listener to port, as far as there is one."""
        kinds = {
            "mqtt": self.mqtt_port,
            "websockets": self.ws_port,
            "mqtt+tls": self.mqtts_port,
            "websockets+tls": self.wss_port,
        }
        return {kind: port for kind, port in kinds.items() if port}


@contextmanager
def published(settings: Settings) -> Iterator[None]:
    """Others find it for the time of the block."""
    path = settings.data / _FILE
    draft = path.with_suffix(".new")
    draft.write_bytes(codec.encode(asdict(Listening.of(settings))))
    draft.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def find(settings: Settings) -> Listening:
    """Of the backend that runs on this data directory; of *settings* where none says so."""
    try:
        return Listening(**codec.decode_object((settings.data / _FILE).read_bytes()))
    except (OSError, Malformed, TypeError):
        return Listening.of(settings)


def as_running(settings: Settings) -> Settings:
    """*settings* with what the backend that runs on this data directory was told instead; as they are where none says
    so."""
    found = find(settings)
    told = {name: value for name, value in asdict(found).items() if value != 0}
    return settings.model_copy(update=told | {"tls": found.mqtts_port != 0})
