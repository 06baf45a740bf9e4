"""How a service of ours gets to the broker: as whom, with which token, by which way.

Refuses to know what it does there.
"""

from __future__ import annotations

from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, DeviceId, service_account
from xasup.runtime.settings import Settings
from xasup.wire.mqtt import Address


def service_address(settings: Settings, service: str, device: str | None = None) -> Address:
    """*device*: of the service's account; default: this node. Raises Unavailable where its token cannot be read."""
    account = service_account(service)
    return Address(
        host=settings.local_host,
        port=0 if settings.tls_only else settings.mqtt_port,
        client_id=str(ClientId(account, DeviceId(device or settings.node))),
        username=account,
        password=_token(settings.secrets / account),
        socket=settings.broker_socket,
    )


def _token(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise Unavailable(f"the token of a service cannot be read: {path}: {error.strerror}") from None
