"""Asks the directory on disk what the broker's plugin would find there. Follows it from generation to generation.

Refuses to know: the rules, who writes. One process opens a file once only (LMDB's locks belong to process and file).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from xasup.protocol.directory import (
    META_APPLIED,
    META_MOVED,
    DeviceRecord,
    Role,
    UserRecord,
    contact_key,
    device_key,
    member_key,
    user_key,
)
from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.ids import ClientId, GroupId, UserId
from xasup.wire.directory.environment import DATA, Environment, file_identity, translated
from xasup.wire.directory.generations import current

_NOWHERE = b"0-0"
_Record = TypeVar("_Record")


class DirectoryReader:
    """Of the generations in *folder*; opened when first asked. Every question raises Unavailable where the directory is
    missing, damaged, foreign or of another schema, and finds it again when it is good again."""

    def __init__(self, folder: Path) -> None:
        self._folder = current(folder)
        self._environment: Environment | None = None

    def __enter__(self) -> DirectoryReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._environment is not None:
            self._environment.close()
        self._environment = None

    def user(self, user: UserId) -> UserRecord | None:
        return _understood(UserRecord.unpack, self._value(user_key(user)))

    def device(self, client: ClientId) -> DeviceRecord | None:
        return _understood(DeviceRecord.unpack, self._value(device_key(client)))

    def accepts(self, owner: UserId, actor: UserId) -> bool:
        return self._value(contact_key(owner, actor)) is not None

    def role(self, group: GroupId, user: UserId) -> Role | None:
        return _understood(lambda data: Role(data[0]), self._value(member_key(group, user)))

    def applied(self) -> str:
        """The position in the stream of changes that the directory stands at."""
        return (self._value(META_APPLIED) or _NOWHERE).decode()

    def _value(self, key: bytes) -> bytes | None:
        try:
            moved, value = self._opened().read(META_MOVED, key)
            if moved is not None:  # superseded since we looked at the link
                self.close()
                moved, value = self._opened().read(META_MOVED, key)
        except Unavailable:
            self.close()  # to be opened again when it is good again
            raise
        if moved is not None:
            raise Unavailable(f"{self._folder} is superseded, and its successor is not there yet")
        return value

    def _opened(self) -> Environment:
        with translated(self._folder):
            found = file_identity(self._folder / DATA)
        if self._environment is None or self._environment.identity != found:
            self.close()
            self._environment = Environment(self._folder.resolve(), readonly=True)
        return self._environment


def _understood(unpack: Callable[[bytes], _Record], data: bytes | None) -> _Record | None:
    """Raises Unavailable for a record that is not one."""
    try:
        return unpack(data) if data is not None else None
    except (Malformed, ValueError, IndexError) as error:
        raise Unavailable(f"the directory holds what it should not: {error}") from None
