"""Nodes of a ZooKeeper, removed and written: the few words of its protocol that this takes. Refuses to know: what nodes
mean, who may come."""

from __future__ import annotations

import struct

from xasup.protocol.errors import Unavailable
from xasup.runtime.zookeeper_link import OK, Link, buffer

_CREATE, _DELETE, _SET = 1, 2, 5  # kinds of requests
_ANY_VERSION = struct.pack(">i", -1)
_FOR_ALL = struct.pack(">ii", 1, 31) + buffer(b"world") + buffer(b"anyone")  # of those who are let in
_LASTING = struct.pack(">i", 0)
_NO_NODE, _EXISTS = -101, -110


async def remove(link: Link, path: str) -> bool:
    """*path* is there no more; whether it was. Raises Unavailable."""
    code, _ = await link.ask(_DELETE, _name(path) + _ANY_VERSION)
    if code not in (OK, _NO_NODE):
        raise Unavailable(f"ZooKeeper does not remove {path}: error {code}")
    return code == OK


async def put(link: Link, path: str, data: bytes) -> None:
    """*path* holds *data*; it is made where it is missing, with what leads to it. Raises Unavailable."""
    steps = path.strip("/").split("/")
    for depth in range(1, len(steps) + 1):
        await _make("/" + "/".join(steps[:depth]), link)
    code, _ = await link.ask(_SET, _name(path) + buffer(data) + _ANY_VERSION)
    if code != OK:
        raise Unavailable(f"ZooKeeper does not write {path}: error {code}")


async def _make(path: str, link: Link) -> None:
    code, _ = await link.ask(_CREATE, _name(path) + buffer(b"") + _FOR_ALL + _LASTING)
    if code not in (OK, _EXISTS):
        raise Unavailable(f"ZooKeeper does not make {path}: error {code}")


def _name(path: str) -> bytes:
    return buffer(path.encode())
