"""What goes over the wire, as values. Refuses to know sockets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from xasup.protocol.errors import XasupError

# Told once how a publish ended: None when the broker acknowledged it.
Done = Callable[[XasupError | None], None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker listens and as whom to go there. *ca_file*: PEM of the authority to trust, else the system's."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, at QoS 1, when this connection ends without a goodbye."""

    topic: str
    payload: bytes
    retain: bool = False


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
