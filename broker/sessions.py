"""Guards the file of Mosquitto's sessions, which has no sums: one that the disk has changed is set aside.

What it held is a cache: what was *stored* comes back from history, what was not is still with its sender. But a changed
text in a queue would be shown. Refuses to know: what is in the file.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from xasup.runtime.seals import Seals
from xasup.wire import aside

log = structlog.get_logger()

FILE = "sessions.db"


class Sessions:
    """In *folder*. See Guard."""

    def __init__(self, folder: Path) -> None:
        self._seals = Seals(folder, whole=(FILE,))

    def check(self) -> None:
        try:
            broken = self._seals.broken()
        except OSError as error:
            log.error("the sessions of the broker cannot be read", reason=error.strerror)  # noqa: TRY400 - expected
            return
        for path, why in broken.items():
            path.rename(aside.beside(path))
            log.error("queues of the broker are lost; history brings what was stored", file=str(path), reason=why)

    def renew(self) -> None:
        self._seals.renew()
