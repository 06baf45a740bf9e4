"""TCP ports of this machine: who listens where (from the kernel's tables in /proc), and which are free. Linux only."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from xasup.protocol.errors import Unavailable

_LISTEN = "0A"
_FIRST, _TRIES = 10_000, 100  # ports below are others' to choose
_dice = random.SystemRandom()


def require_free(port: int, option: str) -> None:
    """Raises Unavailable naming *port*, who has it, and *option*, by which another can be chosen."""
    inode = next((inode for _, number, inode in listeners() if number == port), None)
    if inode is not None:
        raise Unavailable(f"port {port} is taken by {holder(inode)}; stop that, or choose another port with {option}")


def listeners() -> Iterator[tuple[str, int, str]]:
    """Listening TCP sockets: local address as the kernel's hex, port, inode."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].rpartition(":")
            if fields[3] == _LISTEN:
                yield address, int(port, 16), fields[9]


def holder(inode: str) -> str:
    """The process with this socket, as `name (process N)`; what we may not look into is `another user's process`."""
    name, pid = owner(inode)
    return f"{name} (process {pid})" if pid else "another user's process"


def owner(inode: str) -> tuple[str, int]:
    """Name and number of the process with this socket; "" and 0 for what we may not look into."""
    link = f"socket:[{inode}]"
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(entry.readlink()) == link for entry in (process / "fd").iterdir()):
                return (process / "comm").read_text().strip(), int(process.name)
        except OSError:  # gone meanwhile, or not ours to look into
            continue
    return "", 0


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on at this moment, all different.

    None is one that the kernel gives to those who go out: such a port can be taken before it is listened on, and again
    between two starts of a server.
    """
    with ExitStack() as probes:
        return [_probe(probes.enter_context(socket.socket())) for _ in range(count)]


def _probe(probe: socket.socket) -> int:
    """Bind it; its port."""
    for _ in range(_TRIES):
        with suppress(OSError):  # somebody has it
            probe.bind(("127.0.0.1", _dice.randrange(_FIRST, _outgoing())))
            break
    else:
        probe.bind(("127.0.0.1", 0))
    return int(probe.getsockname()[1])


def _outgoing() -> int:
    """The first port that the kernel gives to those who go out."""
    return max(_FIRST + 1, int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]))
