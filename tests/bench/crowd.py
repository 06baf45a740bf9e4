"""One person with many contacts, for a bench of the terminal client. Refuses to know: what they say, and how it looks.

Has the form of a Population where a directory is filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.population import DEVICE, TOKEN
from tests.bench.population import RECORD as DEVICE_RECORD
from xasup.protocol.connect import ConnectString
from xasup.protocol.directory import UserRecord, contact_key, device_key, user_key
from xasup.protocol.ids import ClientId, UserId

ME = UserId("me")


@dataclass(frozen=True)
class Crowd:
    """*contacts*: how many there are; I and each of them have accepted each other."""

    contacts: int

    @property
    def users(self) -> int:
        return self.contacts + 1

    @property
    def edges(self) -> int:
        return 2 * self.contacts

    @property
    def names(self) -> list[UserId]:
        """Of the contacts."""
        return [UserId(f"p{number:05d}") for number in range(self.contacts)]

    def cells(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys and values of the directory, in the order of the keys."""
        everyone = [ME, *self.names]
        record, user = DEVICE_RECORD.pack(), UserRecord().pack()
        found = [(contact_key(ME, name), b"\x01") for name in self.names]
        found += [(contact_key(name, ME), b"\x01") for name in self.names]
        found += [(device_key(ClientId(name, DEVICE)), record) for name in everyone]
        found += [(user_key(name), user) for name in everyone]
        return iter(sorted(found))

    def account(self, port: int) -> ConnectString:
        """Mine."""
        return ConnectString(ClientId(ME, DEVICE), TOKEN, "127.0.0.1", port)
