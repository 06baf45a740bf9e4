"""Whether the broker still has the bridge's session: a file tells that there was one. Refuses to know: the broker."""

from __future__ import annotations

from pathlib import Path

import structlog

log = structlog.get_logger()


class Marker:
    """*path*: of the file, which is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def subscribed(self, present: bool) -> bool:
        """The session stands, and *present* says whether it did before. False: it was lost meanwhile."""
        lost = not present and self._path.exists()
        if lost:
            log.error(
                "the broker has lost the bridge's session",
                means="messages that it held for the bridge are not in the log, unless their senders offer them again; "
                "whoever saw no `stored` does",
            )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        except OSError as error:
            log.warning("that the session is lost will not be noticed", file=str(self._path), reason=error.strerror)
        return not lost
