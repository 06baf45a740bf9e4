"""Tokens on their way in and out of the command line; never as an argument, which every process could read.

Refuses to know: what a token opens.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from contacts.admin.values import token
from xasup.protocol.errors import Malformed, Unavailable

_MOST = 4096  # bytes read from a file: a token has at most 200


def given(file: str | None, ask: bool) -> str | None:
    """A token made elsewhere: from a file, standard input (`-`) or a prompt; None where none is given.

    Raises Malformed, Unavailable.
    """
    if file is not None and ask:
        raise click.UsageError("--token-file and --ask-token exclude each other")
    if ask:
        return token(click.prompt("Token", hide_input=True, err=True))
    return token(_text(file)) if file is not None else None


@contextmanager
def kept(path: Path | None, text: str) -> Iterator[None]:
    """*text* in a file made now, for its owner alone; gone again where the block fails. None: no file.

    Raises Unavailable where there is such a file, or none can be made.
    """
    if path is None:
        yield
        return
    _write(path, text)
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Unavailable(f"{path} exists; remove it or choose another file") from None
    except OSError as error:
        raise Unavailable(f"cannot write {path}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Unavailable(f"cannot write {path}: {error.strerror}") from None


def _text(file: str) -> str:
    try:
        with click.open_file(file, "rb") as source:
            return str(source.read(_MOST).decode("ascii"))
    except UnicodeDecodeError:
        raise Malformed("token: expected visible ASCII") from None
    except OSError as error:
        raise Unavailable(f"cannot read {file}: {error.strerror}") from None
