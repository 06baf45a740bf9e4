"""Whether what was sent is in the log as it should be: the check of all tests of loss, which broken habits turn red."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.bridge.house import ids
from xasup.protocol.streams import Header
from xasup.wire.log.port import Entry


def check(sent: Sequence[str], logged: Sequence[str]) -> None:
    """One sender's ids: nothing lost, nothing twice, in order."""
    assert sorted(set(sent) - set(logged)) == [], "lost"
    assert len(logged) == len(set(logged)), "twice"
    assert logged == sent, "out of order"


def check_each(sent: Mapping[str, Sequence[str]], entries: Sequence[Entry]) -> None:
    """The same for each sender alone."""
    logged: dict[str, list[Entry]] = {sender: [] for sender in sent}
    for entry in entries:
        logged[entry.headers[Header.FROM].decode()].append(entry)
    for sender, wanted in sent.items():
        check(wanted, ids(logged[sender]))
