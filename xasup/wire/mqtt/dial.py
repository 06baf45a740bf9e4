"""Opens the way to a broker: name, TCP, TLS. Refuses to know MQTT."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.wire.mqtt import reasons
from xasup.wire.mqtt.stream import Stream
from xasup.wire.mqtt.values import Address


async def dial(address: Address, stream: Stream, patience: float) -> None:
    """*stream* is connected when it returns. *patience*: seconds. Raises Unavailable, with a sentence."""
    try:
        async with asyncio.timeout(patience):
            context = await asyncio.to_thread(_trust, address.ca_file) if address.tls else None
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: stream, address.host, address.port, ssl=context)
    except OSError as error:  # TimeoutError and ssl.SSLError are OSErrors
        raise reasons.of_system(error, address) from None


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Reads files, so it is done in a thread."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise Unavailable(f"{ca_file}: no certificate authority can be read there ({error.strerror})") from None
