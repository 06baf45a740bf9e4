"""`xasup backup` and `xasup restore`: a running backend in one file, and back."""

from __future__ import annotations

import asyncio
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from xasup.backup.archive import Progress
from xasup.backup.load import load
from xasup.backup.save import save
from xasup.protocol.errors import Refused
from xasup.runtime import listening, settings
from xasup.runtime.output import emit, say

_DATA = click.option("--data", type=click.Path(path_type=Path), help="Folder of the backend.  [env: XASUP_DATA]")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
_DIGITS = 16  # hexadecimal, of the generation of a history


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_DATA
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@_JSON
def backup(file: Path, data: Path | None, force: bool, as_json: bool) -> None:
    """Copy the running backend into FILE: users, devices, contacts, groups, the log, the history, the local authority.

    All go on chatting meanwhile. FILE can be read by you alone, and holds all messages: keep it as you keep the data.

    \b
    Examples:
      xasup backup /srv/backup/xasup-monday.zip
      xasup backup --data /srv/xasup --force latest.zip
    """
    if file.exists() and not force:
        raise click.UsageError(f"{file} is there already; choose another name, or give --force")
    asyncio.run(save(listening.as_running(settings.load(data=data)), file, _progress("copied")))
    size = file.stat().st_size
    if as_json:
        emit({"file": str(file), "bytes": size})
    else:
        say(f"{file} has it ({size} bytes); `xasup restore` puts it back")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_DATA
@click.option("--log", type=click.Choice(["redis", "kafka"]), help="Where the log was kept.  [default: redis]")
@click.option("--force", is_flag=True, help="Also where there are data: they are set aside in the folder.")
@_JSON
def restore(file: Path, data: Path | None, log: str | None, force: bool, as_json: bool) -> None:
    """Put what `xasup backup` has written in FILE into a data directory that nothing runs on.

    It holds what the backup held: what was decided since, revocations too, is to be decided again. Devices send again
    what they still have, and take what they lack.

    \b
    Examples:
      xasup restore xasup-monday.zip --data /srv/xasup
      xasup restore latest.zip --force
    """
    given = settings.load(data=data, log=log)
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"

    def dice() -> str:
        return secrets.token_hex(_DIGITS // 2)

    try:
        aside = asyncio.run(load(given, file, dice, stamp, _progress("put back"), force=force))
    except Refused as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        emit({"data": str(given.data), "aside": str(aside) if aside else ""})
        return
    say(f"{given.data} holds it; start it with `xasup up`")
    if aside:
        say(f"what was there is in {aside}; remove that when you are sure")


def _progress(done: str) -> Progress:
    """A line a member, on a terminal: written over as it grows."""

    def tell(member: str, count: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{member}: {count / 1e6:.1f} MB {done}\x1b[K\n\x1b[A")

    return tell
