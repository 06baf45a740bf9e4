"""Which generation of xasup wrote a data directory: one number in a file. A newer one is left alone.

The parts of the data have numbers of their own beside it (Redis, the broker's directory, history's file). Refuses to
know: what is in the folder.
"""

from __future__ import annotations

from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.wire import private

LAYOUT = 1
_FILE = "layout"


def require(data: Path) -> None:
    """Note that *data* is of this generation; one of an earlier (before there was such a file: 0) becomes so. Raises
    Unavailable where a newer one has written it."""
    path = data / _FILE
    try:
        found = int(path.read_text())
    except FileNotFoundError:
        found = 0
    except (OSError, ValueError) as error:
        raise Unavailable(f"{path} cannot be read ({error}); it should hold the number {LAYOUT}") from None
    if found > LAYOUT:
        raise Unavailable(
            f"{data}: written by a newer xasup (layout {found}, this one reads up to {LAYOUT}); update this one"
        )
    if found < LAYOUT:
        private.write(path, f"{LAYOUT}\n")
