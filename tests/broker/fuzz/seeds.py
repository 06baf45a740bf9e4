"""The table of rights as inputs of the fuzzers. Refuses to know: what the fuzzers make of them."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

from tests.broker.table import SERVICES, Case, cases
from xasup.protocol.access import Operation, Reason

_ASKED = {Operation.READ: 1, Operation.WRITE: 2, Operation.SUBSCRIBE: 3}
_DISCONNECT = b'{"op":"disconnect","client":"alice:d"}'


def sow(folder: Path) -> None:
    """Write them, for each fuzzer into a folder of its own."""
    for fuzzer, inputs in {"rules": _rules(), "file": _files()}.items():
        (folder / fuzzer).mkdir(parents=True, exist_ok=True)
        for data in inputs:
            (folder / fuzzer / sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)


def _rules() -> Iterator[bytes]:
    for operation in Operation:
        for case in cases(operation):
            yield _rule(case)
    for right in (0, 1):
        yield bytes([0, 12, 0, 40, 0, 0, 0, right]) + b"alice:d\0alice\0token\0"
    order = Case("svc-contacts", Operation.WRITE, "xasup/v1/svc/broker/request/svc-contacts", False, Reason.OK)
    yield _rule(order) + _DISCONNECT
    for topic in ("/" * 40, "xasup/v1" + "/x" * 40, "x" * 250, "+/" * 40 + "#", "$share/" * 9):
        yield _rule(Case("alice", Operation.WRITE, topic, False, Reason.NOT_A_TOPIC))
    for size in (2, 4, 6):
        yield _rule(order, size)


def _rule(case: Case, token: int = 0) -> bytes:
    flags = 2 if case.actor in SERVICES else 0
    edges = 3 if case.expected is Reason.OK else 0
    head = bytes([_ASKED[case.operation] | case.retain << 2, 12, flags, 40, 0, edges, 0, token])
    return head + b"\0".join([str(case.client).encode(), case.actor.encode(), case.topic.encode(), b""])


def _files() -> Iterator[bytes]:
    """As it is; cut at each page; one byte changed at the head of each page and where LMDB keeps its numbers."""
    yield bytes(3)
    for page in range(6):
        yield bytes([2, page * 4096 & 255, page * 4096 >> 8])
        for place in (0, 8, 10, 12, 14, 16, 24, 40, 48, 120, 128, 136):
            at = page * 4096 + place
            yield bytes([page % 2, 0, 0, at & 255, at >> 8, 255])
