"""What the kernel says of a process of this machine. Linux only."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

_CREDENTIALS = struct.Struct("3i")  # process, user, group: see SO_PEERCRED in unix(7)
_PATIENCE = 1.0  # seconds
_STATE, _STARTED = 0, 19  # of the fields of /proc/PID/stat that follow the name: see proc(5)


def started(pid: int) -> int:
    """When it began, in milliseconds since the epoch; 0 where there is no such process."""
    fields = _fields(pid)
    if not fields:
        return 0
    boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
    return int(boot.split()[1]) * 1000 + int(fields[_STARTED]) * 1000 // os.sysconf("SC_CLK_TCK")


def stopped(pid: int) -> bool:
    """True while it stands still, as after SIGSTOP."""
    return _fields(pid)[_STATE : _STATE + 1] == ["T"]


def behind(path: Path) -> int:
    """Who listens on the Unix socket *path*, whether it answers or not; 0 where nobody does, or where it is in another
    container."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_PATIENCE)
        try:
            line.connect(str(path))
            pid, _, _ = _CREDENTIALS.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
        except OSError:
            return 0
    return int(pid)


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
