"""Where the running backend of a data directory listens and keeps its log, and the rate of its users, told in a file
there: for commands that are given the directory alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from xasup.protocol import codec
from xasup.protocol.access import RATE
from xasup.runtime.settings import Settings
from xasup.wire import private

_FILE = "listening.json"
_FILES = ("tls_cert", "tls_ca", "kafka_password_file")


@dataclass(frozen=True, slots=True)
class Listening:
    """Ports are 0 where nothing listens: those of TLS where it is off, the others with TLS alone. The rest is as in the
    settings, with "" for a file that is not given."""

    host: str
    mqtt_port: int
    ws_port: int
    mqtts_port: int = 0
    wss_port: int = 0
    log: str = "redis"
    kafka: str = ""
    kafka_user: str = ""
    kafka_password_file: str = ""
    kafka_port: int = 9092
    zookeeper_port: int = 2181
    tls_cert: str = ""
    tls_ca: str = ""
    rate: int = RATE

    @classmethod
    def of(cls, settings: Settings) -> Listening:
        """What these settings ask for."""
        return cls(
            host=settings.host,
            mqtt_port=0 if settings.tls_only else settings.mqtt_port,
            ws_port=0 if settings.tls_only else settings.ws_port,
            mqtts_port=settings.mqtts_port if settings.tls else 0,
            wss_port=settings.wss_port if settings.tls else 0,
            log=settings.log,
            kafka=settings.kafka,
            kafka_user=settings.kafka_user,
            kafka_password_file=_spelled(settings.kafka_password_file),
            kafka_port=settings.kafka_port,
            zookeeper_port=settings.zookeeper_port,
            tls_cert=_spelled(settings.tls_cert),
            tls_ca=_spelled(settings.tls_ca),
            rate=settings.rate,
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
    private.write(path, codec.encode(asdict(Listening.of(settings))).decode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def find(settings: Settings) -> Listening:
    """Of the backend that runs on this data directory; of *settings* where none says so."""
    try:
        return TypeAdapter(Listening).validate_json((settings.data / _FILE).read_bytes(), strict=True)
    except (OSError, ValidationError):
        return Listening.of(settings)


def as_running(settings: Settings) -> Settings:
    """*settings* with what the backend that runs on this data directory was told instead; as they are where none says
    so."""
    found = find(settings)
    told = {name: value for name, value in asdict(found).items() if value != 0}
    files = {name: Path(told[name]) if told[name] else None for name in _FILES}
    kinds = {"rate": found.rate, "tls": found.mqtts_port != 0, "tls_only": found.mqtt_port == 0}
    return settings.model_copy(update=told | files | kinds)


def _spelled(path: Path | None) -> str:
    return str(path.absolute()) if path else ""
