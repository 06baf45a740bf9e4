"""How we speak to Kafka: the settings of librdkafka, from a URL and from what the log promises.

Refuses to know: connections.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from xasup.protocol.errors import Malformed, Unavailable
from xasup.wire.log.port import MAX_VALUE

LARGEST = MAX_VALUE + (1 << 18)  # bytes of a record with its headers, in topics that we make
BATCH = 1 << 17  # bytes from which on a record travels alone, so that nobody is refused for another's size
PATIENCE = 2.0  # seconds until Kafka counts as away
Settings = dict[str, Any]

# What the log promises hangs on these: a URL cannot change them.
_PRODUCER: Settings = {
    "enable.idempotence": True,
    "acks": "all",
    "message.timeout.ms": 0,  # never given up: whoever waits has not been answered
}
_CONSUMER: Settings = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",  # what is gone is said, never skipped
    "check.crcs": True,  # a disk may have changed what it holds; librdkafka does not look by itself
    "fetch.error.backoff.ms": 100,
    "fetch.wait.max.ms": 100,  # a partition that was just found waits for the answer to the question before
    "fetch.message.max.bytes": LARGEST,
    "queued.max.messages.kbytes": 1 << 14,
}
# These a URL may choose otherwise.
_PRODUCER_USUAL: Settings = {
    "linger.ms": 1,
    "request.timeout.ms": 5000,  # below the one of the socket; what is sent again, Kafka takes once
    "queue.buffering.max.messages": 200_000,
    "queue.buffering.max.kbytes": 1 << 18,
}
_COMMON: Settings = {
    "client.id": "xasup",
    "log_level": 0,  # what goes wrong is told by the state, not by lines on standard error
    "reconnect.backoff.ms": 50,
    "reconnect.backoff.max.ms": 1000,
    "socket.timeout.ms": 6000,  # until a question without an answer ends its connection, which may be half-open
}
_WITH_PASSWORD: Settings = {"security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-256"}


def read(url: str) -> Settings:
    """Of *url*: `kafka://host:port[,host:port][?setting=value…]`. With `password_file=` among them the password is read
    from there, so that it stands in no URL; then TLS and SCRAM-SHA-256, unless the URL says otherwise. Raises
    Malformed, without the URL: it may hold a password; Unavailable where that file cannot be read."""
    parts = urlsplit(url)
    servers = parts.netloc.split(",")
    more = dict(parse_qsl(parts.query))
    ours = {"bootstrap.servers", "group.id", "batch.size", "message.max.bytes"}
    fixed = (_PRODUCER.keys() | _CONSUMER.keys() | ours) & more.keys()
    if fixed:
        raise Malformed(f"the URL of Kafka: {min(fixed)} cannot be chosen")
    if parts.path not in ("", "/") or not all(_is_server(server) for server in servers):
        raise Malformed("the URL of Kafka: expected kafka://host:port[,host:port]")
    if file := more.pop("password_file", ""):
        more = {**_WITH_PASSWORD, **more, "sasl.password": _password(Path(file))}
    return {**_COMMON, **more, "bootstrap.servers": ",".join(servers)}


def _password(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise Unavailable(f"the password for Kafka cannot be read: {path}: {error.strerror}") from None


def of_producer(settings: Settings, smallest: int, largest: int) -> Settings:
    """*smallest*, *largest*: of what the topics take, in bytes."""
    return {
        **_PRODUCER_USUAL,
        **settings,
        **_PRODUCER,
        "message.max.bytes": largest,
        "batch.size": min(BATCH, smallest // 2),
    }


def of_consumer(settings: Settings, group: str) -> Settings:
    return {**settings, **_CONSUMER, "group.id": group}


def _is_server(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal() and 0 < int(port) < 1 << 16
