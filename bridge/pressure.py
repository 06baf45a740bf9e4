"""How much is on its way into the log, and whether more may be taken. Pure; refuses to know: sockets, which log it is.

Stated bounds: what is pending never passes MAX_RECORDS deliveries or MAX_BYTES of payload by more than what one read of
the socket (256 KiB) and what is gathered (as much at most) bring; as objects about 20 MB beside payloads.
"""

from __future__ import annotations

MAX_RECORDS = 10_000
MAX_BYTES = 64 << 20
RATE = 65_000  # messages a second that one Mosquitto hands out
TURN = 0.026  # seconds that a window takes besides the log: written, read, sorted, acknowledged


def receive_maximum(latency: float) -> int:
    """Deliveries under way without an acknowledgement: as many as come while one goes its whole way, so that the window
    never is what limits the rate. *latency*: of the log, in seconds. (Measured: at 5 ms a window of 200 gives 24,000 a
    second, one of 2,000 all that Mosquitto can.)"""
    return min(round(RATE * (latency + TURN)), MAX_RECORDS * 3 // 4)


class Pressure:
    """Holds at the bounds, or when the log is not up, and lets go at half of them."""

    def __init__(self) -> None:
        self.records = self.bytes = 0
        self.held = False

    def add(self, records: int, size: int) -> None:
        self.records += records
        self.bytes += size

    def remove(self, records: int, size: int) -> None:
        self.records -= records
        self.bytes -= size

    def hold(self, up: bool) -> bool:
        """Whether to leave the socket unread from now on. *up*: the log takes records. With nothing pending one more
        read is always taken: by what becomes of it, it is seen that the log is back."""
        share = 2 if self.held else 1
        full = self.records >= MAX_RECORDS // share or self.bytes >= MAX_BYTES // share
        self.held = self.records > 0 and (full or not up)
        return self.held
