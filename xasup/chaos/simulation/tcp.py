"""TCP between processes and the broker: bytes in order, late, in pieces; connections that are reset, refused, or go
silent without a word. Refuses to know: what the bytes say.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import Any, Protocol

from xasup.chaos.simulation.loop import Loop
from xasup.chaos.simulation.universe import Universe

QUICK, SLOW = 0.0002, 0.02  # seconds that a piece is on its way


class Peer(Protocol):
    """The broker's side of one connection."""

    def received(self, data: bytes) -> None: ...

    def gone(self) -> None: ...


class Network:
    """*answer*: the broker takes a connection, or does not (None: nobody listens)."""

    def __init__(self, universe: Universe, answer: Callable[[Connection], Peer | None]) -> None:
        self.universe, self._answer = universe, answer
        self.connections: list[Connection] = []
        self.silent = False  # nothing passes, and nobody is told
        self.sliced = 0.05  # how often what is sent comes in two pieces
        self.slow = SLOW

    async def connect(self, loop: Loop, factory: Callable[[], asyncio.Protocol]) -> tuple[Any, Any]:
        """What create_connection() does."""
        await asyncio.sleep(self.universe.latency(QUICK, self.slow))
        if self.silent:
            await asyncio.sleep(3600)
        connection = Connection(self, loop)
        peer = self._answer(connection)
        if peer is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        connection.peer, connection.protocol = peer, factory()
        self.connections.append(connection)
        connection.protocol.connection_made(connection)
        return connection, connection.protocol

    def of(self, loop: Loop) -> list[Connection]:
        """The connections of a process."""
        return [it for it in self.connections if it.loop is loop]


class Connection(asyncio.Transport):
    """One connection: the process's end is a transport, the broker's end speaks by send() and hang_up()."""

    peer: Peer
    protocol: asyncio.Protocol

    def __init__(self, network: Network, loop: Loop) -> None:
        super().__init__()
        self._network, self._universe, self.loop = network, network.universe, loop
        self.cut = False  # nothing passes any more, and both ends are told, or not
        self._closing = False
        self._reading, self._held = True, list[bytes]()
        self._up = self._down = 0.0  # when the newest piece of each direction arrives
        self._hung_up = False
        self._lost_told = False

    # ---- faults

    def reset(self, told: bool = True) -> None:
        """What is on its way is gone. *told*: both ends notice."""
        if self.cut:
            return
        self.cut = True
        if told:
            self._universe.after(self._universe.latency(QUICK, 0.01), self.peer.gone)
            self._universe.after(self._universe.latency(QUICK, 0.01), self._lost, ConnectionResetError("reset by peer"))
            self._forget()

    # ---- the broker's end

    def send(self, data: bytes) -> None:
        for piece in self._pieces(data):
            self._down = max(self._down, self._universe.now + self._universe.latency(QUICK, self._network.slow))
            self._universe.at(self._down, self._deliver, piece)

    def hang_up(self) -> None:
        """What was sent arrives before."""
        self._hung_up = True
        self._universe.at(max(self._down, self._universe.now + QUICK), self._lost, None)
        self._forget()

    def process_died(self) -> None:
        """The kernel tells the broker, after what was written."""
        self._universe.at(max(self._up, self._universe.now + QUICK), self._gone)
        self._forget()

    # ---- the process's end: asyncio's transport

    def write(self, data: Any) -> None:
        if self._closing or self.cut:
            return
        for piece in self._pieces(bytes(data)):
            self._up = max(self._up, self._universe.now + self._universe.latency(QUICK, self._network.slow))
            self._universe.at(self._up, self._arrive, piece)

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._universe.at(max(self._up, self._universe.now + QUICK), self._gone)
            self.loop.call_soon(self._lost_now, None)
            self._forget()

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        held, self._held = self._held, []
        for piece in held:
            self.loop.call_soon(self._read, piece)

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    # ----

    def _pieces(self, data: bytes) -> list[bytes]:
        dice = self._universe.dice
        if len(data) > 1 and dice.random() < self._network.sliced:
            at = dice.randrange(1, len(data))
            return [data[:at], data[at:]]
        return [data]

    def _arrive(self, piece: bytes) -> None:
        if not self.cut and not self._hung_up and not self._network.silent:
            self.peer.received(piece)
        elif self._network.silent:
            self.reset(told=False)

    def _deliver(self, piece: bytes) -> None:
        if self._network.silent:
            self.reset(told=False)
        if not self.cut and not self._closing:
            self.loop.call_soon(self._read, piece)

    def _read(self, piece: bytes) -> None:
        if self._closing:
            return
        if self._held or not self._reading:
            self._held.append(piece)
        else:
            self.protocol.data_received(piece)

    def _gone(self) -> None:
        if not self.cut:
            self.peer.gone()

    def _lost(self, error: Exception | None) -> None:
        self.loop.call_soon(self._lost_now, error)

    def _lost_now(self, error: Exception | None) -> None:
        self._closing = True
        if not self._lost_told:
            self._lost_told = True
            self.protocol.connection_lost(error)

    def _forget(self) -> None:
        if self in self._network.connections:
            self._network.connections.remove(self)
