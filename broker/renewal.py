"""The certificate of a broker that runs for long: looked at each hour, made anew in its last 60 days, and taken up. One
of the operator's own is taken up when they have put another in its place.

At once where MQTT is spoken over TLS. Mosquitto reads the certificate of WebSockets once, so for them it is started
again in the last week of the old one. Refuses to know: what makes or checks certificates, why Mosquitto was started.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from cryptography import x509

from broker.config import Certificate
from xasup.protocol.errors import Malformed, Unavailable
from xasup.runtime.supervise import Child

log = structlog.get_logger()

EVERY = 3600.0  # seconds
LAST = timedelta(days=7)
Look = Callable[[datetime], Certificate]


class Renewal:
    """*look*: the files as they are to be used at that time, made anew where that is due; raises as it must. *shown*:
    those that *child* began with."""

    def __init__(self, child: Child, look: Look, shown: Certificate) -> None:
        self._child, self._look = child, look
        self._content = _content(shown)
        self._pid, self._ends = child.pid, _end_of(shown)

    async def keep(self, now: Callable[[], datetime]) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(EVERY)
            self.once(now())

    def once(self, now: datetime) -> bool:
        """Whether the broker was told of another certificate. Without a good one it goes on with what it has."""
        try:
            certificate = self._look(now)
            content, ends = _content(certificate), _end_of(certificate)
        except (Malformed, Unavailable) as error:
            log.warning("the certificate is not renewed", reason=str(error))
            return False
        if self._child.pid != self._pid:
            self._pid, self._ends = self._child.pid, ends
        if ends > self._ends and now > self._ends - LAST:
            return self._tell(signal.SIGTERM, content)
        return content != self._content and self._tell(signal.SIGHUP, content)

    def _tell(self, number: signal.Signals, content: tuple[bytes, bytes]) -> bool:
        self._content = content
        self._child.send(number)
        log.info("the broker shows another certificate", signal=number.name)
        return True


def _end_of(certificate: Certificate) -> datetime:
    return x509.load_pem_x509_certificate(_read(certificate.chain)).not_valid_after_utc


def _content(certificate: Certificate) -> tuple[bytes, bytes]:
    return _read(certificate.chain), _read(certificate.key)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from None
