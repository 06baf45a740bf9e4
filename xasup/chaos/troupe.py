"""What a process of people is told, as a file: who they are, to whom they write, and whether they still write.

Refuses to know: how they do it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from xasup.protocol import codec, connect
from xasup.protocol.connect import ConnectString


class Phase(StrEnum):
    """Of a run."""

    TALK = "talk"
    DRAIN = "drain"  # nobody writes any more; everything comes to rest


@dataclass(frozen=True, slots=True)
class Role:
    """One person. *every*: seconds between two messages, 0: never writes; *folder*: of the device's file, of its
    transcript and its sign of rest."""

    connect: ConnectString
    to: Sequence[str]
    every: float
    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / f"{self.connect.client.user}.sqlite"

    @property
    def transcript(self) -> Path:
        return self.folder / f"{self.connect.client.user}.transcript"

    @property
    def rest(self) -> Path:
        """There while everything that this device accepted is settled."""
        return self.folder / f"{self.connect.client.user}.rest"


@dataclass(frozen=True, slots=True)
class Troupe:
    """The people of one process, written to *file*."""

    file: Path
    roles: Sequence[Role]

    def write(self) -> None:
        """For its owner's eyes: the tokens are in it."""
        fields = [{**asdict(role), "connect": role.connect.reveal(), "folder": str(role.folder)} for role in self.roles]
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - needs the mode
            file.write(codec.encode(fields))

    @classmethod
    def read(cls, file: Path) -> Troupe:
        """As write() left it."""
        roles = [
            Role(connect.parse(it["connect"]), it["to"], it["every"], Path(it["folder"]))
            for it in codec.decode(file.read_bytes())
        ]
        return cls(file, roles)


def announce(folder: Path, phase: Phase) -> None:
    """All people in *folder* go over to *phase*, those too who start later."""
    draft = folder / "phase.new"
    draft.write_text(phase)
    draft.replace(folder / "phase")


def phase(folder: Path) -> Phase:
    """As announced last."""
    return Phase((folder / "phase").read_text())
