"""`python -m tests.chaos.faulty_contacts`: the contacts service, not ready for a request that is no object."""

from __future__ import annotations

import sys

from contacts.__main__ import main
from xasup.protocol import requests
from xasup.protocol.requests import Request

_right = requests.parse


def parse(service: str, payload: bytes) -> Request:
    if not payload.startswith(b"{"):
        raise IndexError("nobody thought of this")
    return _right(service, payload)


if __name__ == "__main__":
    requests.parse = parse
    sys.exit(main())
