"""Who listens there? Asked once a connection did not come about, to say why. Refuses to know accounts."""

from __future__ import annotations

import asyncio
import ssl
from enum import StrEnum

from xasup.wire.mqtt.values import Address

# CONNECT of MQTT 5, clean, keepalive 60 s, without a client id and without credentials: a broker answers with a
# CONNACK, be it a refusal.
_HELLO = bytes.fromhex("10 0d 0004 4d515454 05 02 003c 00 0000")
_CONNACK = 0x20


class Peer(StrEnum):
    """What the first bytes give away."""

    MQTT = "mqtt"
    TLS = "tls"
    OTHER = "other"  # it answers in another language, or hangs up
    SILENT = "silent"


async def sniff(address: Address, patience: float) -> Peer:
    """*patience*: seconds for each of two looks. Certificates are not checked, and nothing of ours is told."""
    if not address.tls and await _speaks_tls(address, patience):
        return Peer.TLS
    try:
        async with asyncio.timeout(patience):
            answer = await _answer(address)
    except TimeoutError:
        return Peer.SILENT
    except OSError:
        return Peer.OTHER
    return Peer.MQTT if answer[:1] == bytes([_CONNACK]) else Peer.OTHER


async def _answer(address: Address) -> bytes:
    context = _anybody() if address.tls else None
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
    try:
        writer.write(_HELLO)
        return await reader.read(4)
    finally:
        writer.close()


async def _speaks_tls(address: Address, patience: float) -> bool:
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(address.host, address.port, ssl=_anybody())
    except OSError:  # TimeoutError and ssl.SSLError are OSErrors
        return False
    writer.close()
    return True


def _anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # we want to know what it is, not who
    return context
