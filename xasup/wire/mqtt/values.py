"""What goes over the wire, as values. Refuses to know sockets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from xasup.protocol.errors import Unavailable, XasupError

# Told once how a publish ended: None when the broker acknowledged it.
Done = Callable[[XasupError | None], None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker listens and as whom to go there. *ca_file*: PEM of the authority to trust, else the system's;
    *socket*: a Unix socket of this machine, instead of host and port; where it is not there, those, unless port is
    0."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None
    socket: Path | None = None

    def __str__(self) -> str:
        return str(self.socket) if self.socket else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, at QoS 1, when this connection ends without a goodbye."""

    topic: str
    payload: bytes
    retain: bool = False


class Cause(StrEnum):
    """Why no connection came about, where that is known."""

    HOST_UNKNOWN = "host-unknown"
    NO_ROUTE = "no-route"
    NO_ANSWER = "no-answer"
    PORT_CLOSED = "port-closed"
    NOT_TLS = "not-tls"
    NOT_TRUSTED = "not-trusted"
    NOT_VALID_YET = "not-valid-yet"
    EXPIRED = "expired"
    OTHER_NAME = "other-name"  # the certificate is another host's
    NO_AUTHORITY = "no-authority"  # the file of the authority to trust cannot be read


class NoWay(Unavailable):
    """No connection came about."""

    def __init__(self, reason: str, cause: Cause | None = None) -> None:
        super().__init__(reason)
        self.cause = cause


class Subscription(NamedTuple):
    """*no_local*: do not send me what I publish myself."""

    filter: str
    qos: int = 1
    no_local: bool = False


class Incoming(NamedTuple):
    """A message from the broker. *mid* belongs to this connection; *dup*: it may have been sent to us before."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    mid: int = 0
    dup: bool = False
