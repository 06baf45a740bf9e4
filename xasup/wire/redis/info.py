"""What a Redis says of itself. Refuses to know: what is kept in it."""

from __future__ import annotations

from xasup.protocol.errors import Unavailable
from xasup.wire.redis.link import Link


async def info(url: str) -> dict[str, str]:
    """The fields of INFO. Raises Unavailable; Malformed for a *url* that it cannot read."""
    link = Link(url)
    try:
        (said,) = await link.ask([("INFO",)])
    finally:
        await link.close()
    if isinstance(said, Unavailable):
        raise said
    return dict(line.split(":", 1) for line in said.decode().splitlines() if ":" in line)
