"""Where a device keeps its file, if nobody says otherwise."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path

from xasup.protocol.connect import ConnectString


def default_path(account: ConnectString) -> Path:
    """One folder per user and broker, one file per device of it."""
    host = account.host.replace(":", "-")
    return (
        user_data_path("xasup-client")
        / f"{account.client.user}@{host}_{account.port}"
        / f"{account.client.device}.sqlite"
    )
