"""Where a device keeps its file, if nobody says otherwise, and where it goes to be online."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path

from xasup.protocol.connect import ConnectString
from xasup.wire.mqtt import Address


def default_path(account: ConnectString) -> Path:
    """One folder per user and broker, one file per device of it."""
    host = account.host.replace(":", "-")
    return (
        user_data_path("xasup-client")
        / f"{account.client.user}@{host}_{account.port}"
        / f"{account.client.device}.sqlite"
    )


def address_of(account: ConnectString, ca_file: Path | None = None) -> Address:
    """The broker, and as whom to go there. *ca_file*: PEM of the authority to trust, else the system's."""
    return Address(
        host=account.host,
        port=account.port,
        client_id=str(account.client),
        username=account.client.user,
        password=account.token,
        tls=account.tls,
        ca_file=ca_file,
    )
