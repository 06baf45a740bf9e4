"""Certificates of an authority that is not ours, in files, as an operator would bring them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from broker import tls

NOW = datetime.now(UTC)


class Brought(NamedTuple):
    """*chain*, *key*: the server's; *authority*: whom to trust."""

    chain: Path
    key: Path
    authority: Path


def brought(folder: Path, host: str = "127.0.0.1", now: datetime = NOW) -> Brought:
    """Valid from *now* on, for a year."""
    made = tls.ensure(folder, host, now)
    return Brought(made.chain, made.key, folder / tls.CA)


def expired(folder: Path) -> Brought:
    """It ended yesterday."""
    return brought(folder, now=NOW - timedelta(days=366))
