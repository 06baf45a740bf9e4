"""`healthy.py PART`: exit status 0 where PART of this container does its work; for a HEALTHCHECK.

The broker's is: the projector is well, and a message goes through Mosquitto and back.
"""

from __future__ import annotations

import asyncio
import sys
from urllib.error import URLError
from urllib.request import urlopen

from broker import launcher
from xasup.protocol.errors import XasupError
from xasup.runtime import parts, settings

WITHIN = 4.0  # seconds


def main(part: str) -> int:
    given = settings.load()
    page = "projector" if part == "broker" else part
    try:
        with urlopen(f"http://{parts.HOST}:{parts.port_of(given, page)}/health", timeout=WITHIN) as answer:
            answer.read()
        if part == "broker":
            asyncio.run(launcher.serves(given, WITHIN))
    except (URLError, OSError, XasupError) as error:
        sys.stderr.write(f"{part}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
