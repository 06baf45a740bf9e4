"""The accounts that this person has on this machine: one file (0600) each, in a folder (0700) of their own.

A file holds a connect string, thus a secret; nothing here prints it. Names of files are made of digests, so that no
host, whatever it is called, decides where we write. Refuses to know: how an account is used, clocks (times come in as
milliseconds since the epoch).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from xasup.protocol import codec, connect
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Malformed, Unavailable
from xasup.wire import private

_ENDING = ".account"
_FORMAT = 1  # of a file; those without a number are of the same


@dataclass(frozen=True, slots=True)
class Known:
    """An account that is kept. *ca_file*: PEM of the authority to trust; *used*: when it was
    chosen last; *let_in*: when the broker let it in last; both 0 for never; *by_code*: it came by a link code."""

    connect: ConnectString
    ca_file: Path | None = None
    used: int = 0
    let_in: int = 0
    by_code: bool = False

    @property
    def name(self) -> str:
        """As people say it: `alice/laptop@chat.example.org:1883`."""
        client, host = self.connect.client, self.connect.host
        return f"{client.user}/{client.device}@{f'[{host}]' if ':' in host else host}:{self.connect.port}"

    def goes_by(self, name: str) -> bool:
        """Whether *name* says this account: the whole name, or parts of it from its beginning, or user and host."""
        client, host = self.connect.client, self.connect.host
        short = (client.user, f"{client.user}/{client.device}", f"{client.user}@{host}", str(client))
        return name == self.name or name in (*short, f"{client.user}/{client.device}@{host}")


class Accounts:
    """*folder*: theirs alone. All may raise Unavailable: the disk does not do its part."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[Known]:
        """The one used last first. Files that cannot be read are left out, see broken() and newer()."""
        self._take_over()
        found = [known for path in self._files() if (known := _read(path)) is not None]
        return sorted(found, key=lambda known: (-known.used, known.name))

    def broken(self) -> list[Path]:
        """Files that hold no account."""
        return [path for path in self._files() if _read(path) is None and not _is_newer(path)]

    def newer(self) -> list[Path]:
        """Files that a newer xasup wrote: they are left as they are."""
        return [path for path in self._files() if _is_newer(path)]

    def last(self) -> Known | None:
        """The one used last."""
        return next(iter(self.all()), None)

    def find(self, name: str) -> Known:
        """By its name, or by as much of it as tells it from the others. Raises Malformed."""
        known = self.all()
        found = [each for each in known if each.name == name] or [each for each in known if each.goes_by(name)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise Malformed(f"no account {name!r} on this machine; `xasup accounts` lists them")
        names = ", ".join(each.name for each in found)
        raise Malformed(f"{name!r} may be any of {names}; say more of it")

    def keep(self, known: Known) -> Known:
        """Write it down, in place of one of the same name. Raises Malformed: a link code is no account; Unavailable: a
        newer xasup keeps it already."""
        if known.connect.code:
            raise Malformed("a link code is no account; redeem it first")
        fields: dict[str, Any] = {
            "format": _FORMAT,
            "connect": known.connect.reveal(),
            "used": known.used,
            "let_in": known.let_in,
            "by_code": known.by_code,
        }
        if known.ca_file is not None:
            fields["ca"] = str(known.ca_file.absolute())
        path = self._path(known)
        if _is_newer(path):
            raise Unavailable(f"{path}: written by a newer xasup; update this one")
        try:
            private.secret_folder(self._folder)
            private.write(path, codec.encode(fields).decode())
        except OSError as error:
            raise Unavailable(f"{path}: {error.strerror}; the account cannot be kept") from None
        return known

    def use(self, known: Known, now: int) -> Known:
        """Somebody chose it: it is the one used last."""
        return self.keep(replace(known, used=now))

    def let_in(self, known: Known, now: int) -> Known:
        """The broker has let it in at *now*: it is the one used last. What is known of it beside stays."""
        before = _read(self._path(known))
        by_code = known.by_code or (before is not None and before.connect == known.connect and before.by_code)
        ca_file = known.ca_file or (before.ca_file if before is not None else None)
        return self.keep(replace(known, used=now, let_in=now, by_code=by_code, ca_file=ca_file))

    def remove(self, known: Known) -> None:
        """Forget it. The device stays a device: its token opens what it opened."""
        path = self._path(known)
        try:
            for each in (path, *self._folder.glob(f".{path.name}.*")):  # drafts of who was killed while writing, too
                each.unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(f"{path}: {error.strerror}; the account cannot be removed") from None

    def _path(self, known: Known) -> Path:
        client = known.connect.client
        digest = hashlib.sha256(known.name.encode()).hexdigest()[:16]
        return self._folder / f"{client.user}-{client.device}-{digest}{_ENDING}"

    def _files(self) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.suffix == _ENDING)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Unavailable(f"{self._folder}: {error.strerror}") from None

    def _take_over(self) -> None:
        """Before there were several, one was remembered in a file beside the folder."""
        old = self._folder.with_name("connect")
        with suppress(OSError, UnicodeDecodeError, Malformed):  # what is no account stays where it is
            then = int(old.stat().st_mtime * 1000)
            known = Known(connect.parse(old.read_text("utf-8")), used=then, let_in=then)
            if _read(self._path(known)) is None:
                self.keep(known)
            old.unlink()


def my_accounts() -> Accounts:
    """Where this person's are."""
    return Accounts(user_config_path("xasup") / "accounts")


def _read(path: Path) -> Known | None:
    try:
        fields = codec.decode_object(path.read_bytes())
        if _later(fields):
            return None
        authority = fields.get("ca")
        return Known(
            connect=connect.parse(fields["connect"]),
            ca_file=Path(authority) if authority else None,
            used=codec.count(fields, "used"),
            let_in=codec.count(fields, "let_in", 0),
            by_code=fields.get("by_code") is True,
        )
    except (OSError, Malformed, KeyError, TypeError, ValueError, AttributeError):
        return None


def _is_newer(path: Path) -> bool:
    try:
        return _later(codec.decode_object(path.read_bytes()))
    except (OSError, Malformed):
        return False


def _later(fields: Mapping[str, Any]) -> bool:
    return codec.count(fields, "format", _FORMAT) > _FORMAT
