"""Which bridge is at work, said in the retained presence of `svc-bridge`, and when another may take its place. Pure.

The one at work says so when it begins and every HEARTBEAT seconds; its will says that it has ended. Refuses to know:
connections, clocks (times are given in seconds).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xasup.protocol import codec, events, topics
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import service_account

ACCOUNT = service_account("bridge")
TOPIC = topics.presence(ACCOUNT)
STANDBY = "-standby"  # the device that stands by is the node's, with this after its name
VOICE = "-voice"  # and the one that tells senders
HEARTBEAT = 2.0  # seconds
SILENCE = 5.0  # seconds without a heartbeat, after which the one at work counts as gone
SETTLE = 0.5  # seconds for which whoever was put out waits for the newcomer to say that it is at work


@dataclass(frozen=True, slots=True)
class Presence:
    """*instance*: of one process; *ts*: milliseconds since the epoch."""

    online: bool
    device: str
    ts: int
    instance: str

    def encode(self) -> bytes:
        return codec.encode({**events.presence(self.online, self.device, self.ts), "instance": self.instance})

    @classmethod
    def decode(cls, payload: bytes) -> Presence:
        """The inverse. Raises Malformed."""
        fields: dict[str, Any] = codec.decode_object(payload)
        try:
            return cls(
                bool(fields["online"]), str(fields["device"]), codec.count(fields, "ts"), str(fields["instance"])
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Malformed(f"presence of a bridge: {type(error).__name__} {error}") from None


class Vigil:
    """What a standby knows. *instance*: its own; *since*: when it began to stand by."""

    def __init__(self, instance: str, since: float) -> None:
        self._instance, self._from = instance, since + SETTLE
        self._until = self._from  # when the silence of the one at work is long enough
        self._reason = "nobody says that they are at work"

    def heard(self, presence: Presence | None, at: float) -> None:
        """What is retained, or a heartbeat; None: nothing is there."""
        self._until = self._from
        if presence is None:
            self._reason = "nobody says that they are at work"
        elif not presence.online:
            self._reason = f"instance {presence.instance} has ended"
        elif presence.instance == self._instance:
            self._reason = "nobody came in between"
        else:
            self._reason = f"nothing was heard of instance {presence.instance} for {SILENCE:g} s"
            self._until = max(self._from, at + SILENCE)

    def patience(self, now: float) -> float:
        """Seconds until it is time to take over, if nothing is heard meanwhile; 0: now, for `reason`."""
        return max(0.0, self._until - now)

    @property
    def reason(self) -> str:
        return self._reason
