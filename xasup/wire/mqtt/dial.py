"""Opens the way to a broker: name, TCP, TLS, or a Unix socket. Refuses to know MQTT."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

from xasup.wire.mqtt import reasons
from xasup.wire.mqtt.stream import Stream
from xasup.wire.mqtt.values import Address, Cause, NoWay


async def dial(address: Address, stream: Stream, patience: float) -> None:
    """*stream* is connected when it returns. *patience*: seconds. Raises Unavailable, with a sentence."""
    if address.socket is not None and address.port and not address.socket.exists():
        address = replace(address, socket=None)
    try:
        async with asyncio.timeout(patience):
            loop = asyncio.get_running_loop()
            if address.socket is not None:
                await loop.create_unix_connection(lambda: stream, str(address.socket))
                return
            context = await asyncio.to_thread(_trust, address.ca_file) if address.tls else None
            await loop.create_connection(lambda: stream, address.host, address.port, ssl=context)
    except OSError as error:  # TimeoutError and ssl.SSLError are OSErrors
        raise reasons.of_system(error, address) from None


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Reads files, so it is done in a thread."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        said = f"{ca_file}: no certificate authority can be read there ({error.strerror})"
        raise NoWay(said, Cause.NO_AUTHORITY) from None
