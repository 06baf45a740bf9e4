"""Free TCP ports on loopback."""

from __future__ import annotations

from xasup.runtime.ports import free_ports


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    return free_ports(1)[0]
