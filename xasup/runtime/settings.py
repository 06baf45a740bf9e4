"""Where things are and on which ports, from the environment (`XASUP_…`) or the defaults for one machine.

Refuses to know: who reads them. Read once in a `__main__`, handed on as a value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from platformdirs import user_data_path
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from xasup.protocol.access import RATE
from xasup.protocol.errors import Malformed
from xasup.runtime import unix_sockets

KAFKA_USER = "xasup"  # of our own Kafka and ZooKeeper
PLUGIN = Path(__file__).resolve().parents[2] / "broker" / "plugin" / "xasup_acl.so"
NO_LIMIT = "none"
_Limit = Annotated[int, BeforeValidator(lambda given: 0 if given == NO_LIMIT else given)]


class Settings(BaseSettings):
    """Each field can be set as an environment variable, as in `XASUP_MQTT_PORT=2883`."""

    model_config = SettingsConfigDict(env_prefix="XASUP_", frozen=True)

    data: Path = Field(default_factory=lambda: user_data_path("xasup"), description="everything the backend keeps")
    host: str = Field("127.0.0.1", description="address that clients connect to; IPv4")
    mqtt_port: int = Field(1883, ge=1, le=65535, description="port of MQTT")
    ws_port: int = Field(8083, ge=1, le=65535, description="port of MQTT over WebSockets")
    mqtts_port: int = Field(8883, ge=1, le=65535, description="port of MQTT over TLS")
    wss_port: int = Field(8084, ge=1, le=65535, description="port of MQTT over WebSockets over TLS")
    tls: bool = Field(False, description="also listen with TLS, with a certificate of a local CA")
    tls_only: bool = Field(False, description="listen with TLS alone; our own services use their socket")
    mqtt_socket: str = Field("", description="Unix socket for our own services; empty: one in the data directory")
    tls_cert: Path | None = Field(None, description="PEM of a certificate of your own, with its chain, for TLS")
    tls_key: Path | None = Field(None, description="PEM of its key, readable by its owner alone")
    tls_ca: Path | None = Field(None, description="PEM of the authority behind it, where clients need one to trust")
    node: str = Field("local", description="name of this node; the device part of the services' client ids")
    redis: str = Field("", description="URL of an existing Redis; empty: our own, on a socket in the data directory")
    log: Literal["redis", "kafka"] = Field("redis", description="where the durable log is kept")
    kafka: str = Field("", description="HOST:PORT[,…] of an existing Kafka; empty: our own, with ZooKeeper")
    kafka_user: str = Field("", description="user at an existing Kafka that asks for one")
    kafka_password_file: Path | None = Field(None, description="file with the password of that user")
    kafka_port: int = Field(9092, ge=1, le=65535, description="port of our own Kafka, on loopback")
    zookeeper_port: int = Field(2181, ge=1, le=65535, description="port of our own ZooKeeper, on loopback")
    rate: _Limit = Field(
        RATE, ge=0, le=1_000_000, description="publishes a second of a user who has no other rate; none: no limit"
    )
    log_memory: int = Field(512 << 20, ge=1 << 20, description="bytes that the log may take in Redis")
    metrics_port: int = Field(0, ge=0, le=65000, description="first port of metrics and health pages; 0: any free ones")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least that is logged")
    plugin: Path = Field(PLUGIN, description="the compiled broker plugin")

    @property
    def local_host(self) -> str:
        """Where processes of this machine connect to."""
        return "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 - compared, not bound

    @property
    def broker_socket(self) -> Path | None:
        """Where our own services reach the broker; None: its path would be too long, so at the port."""
        path = Path(self.mqtt_socket) if self.mqtt_socket else self.mosquitto / "mosquitto.sock"
        return path if self.tls_only or unix_sockets.fits(path) else None

    @property
    def authority(self) -> Path | None:
        """PEM of the authority that clients have to trust with TLS; None: one that their systems trust."""
        return self.tls_ca if self.tls_cert else self.data / "tls" / "ca.pem"

    @property
    def redis_socket(self) -> Path:
        return self.data / "redis" / "redis.sock"

    @property
    def redis_password(self) -> Path:
        """The file (0600) with the password of our own Redis, made anew at each start."""
        return self.secrets / "redis"

    @property
    def redis_url(self) -> str:
        return self.redis or f"unix://{quote(str(self.redis_socket))}?password_file={quote(str(self.redis_password))}"

    @property
    def log_url(self) -> str:
        """Of the durable log, as xasup.wire.log.open_log() takes it."""
        if self.log == "redis":
            return self.redis_url
        return _kafka_url(self.kafka, self.kafka_user, self.kafka_password_file) if self.kafka else self.own_kafka_url

    @property
    def kafka_servers(self) -> str:
        """HOST:PORT[,…] of the Kafka that has the log."""
        return self.kafka.partition("?")[0] or f"127.0.0.1:{self.kafka_port}"

    @property
    def own_kafka_url(self) -> str:
        where = f"127.0.0.1:{self.kafka_port}?security.protocol=sasl_plaintext"
        return _kafka_url(where, KAFKA_USER, self.kafka_password)

    @property
    def kafka_password(self) -> Path:
        """The file (0600) with the password of our own Kafka, made anew at each start."""
        return self.secrets / "kafka"

    @property
    def zookeeper_password(self) -> Path:
        """The same of our own ZooKeeper."""
        return self.secrets / "zookeeper"

    @property
    def history(self) -> Path:
        """The file of the history service."""
        return self.data / "history" / "history.sqlite"

    @property
    def run(self) -> Path:
        """One file per running part: its process and the port of its health page."""
        return self.data / "run"

    @property
    def directory(self) -> Path:
        """The folder of the directory's generations; the broker opens `current` in it."""
        return self.data / "directory"

    @property
    def secrets(self) -> Path:
        """One file (0600) per service account, with its token."""
        return self.data / "secrets"

    @property
    def mosquitto(self) -> Path:
        return self.data / "mosquitto"

    @property
    def logs(self) -> Path:
        return self.data / "logs"


def _kafka_url(where: str, user: str, password_file: Path | None) -> str:
    """*where*: HOST:PORT[,…], with settings of librdkafka behind a question mark."""
    if not password_file:
        return f"kafka://{where}"
    mark = "&" if "?" in where else "?"
    return f"kafka://{where}{mark}sasl.username={quote(user)}&password_file={quote(str(password_file))}"


def load(**given: Any) -> Settings:
    """*given* (None: not given), else the environment, else the defaults. Raises Malformed naming the variable."""
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise Malformed(f"XASUP_{name.upper()}={first['input']!s:.80}: {first['msg']}") from None
    if bool(settings.kafka_user) != (settings.kafka_password_file is not None):
        raise Malformed("XASUP_KAFKA_USER and XASUP_KAFKA_PASSWORD_FILE (--kafka-user, …) go together: give both")
    return settings.model_copy(update={"tls": settings.tls or settings.tls_only or settings.tls_cert is not None})
