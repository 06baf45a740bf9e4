"""What the devices of a run say in the end, read from their files and transcripts. Refuses to know what it proves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xasup.chaos import transcript
from xasup.chaos.transcript import Shown, Stamped, Told
from xasup.chaos.troupe import Role
from xasup.chaos.verdict import Accepted, Device
from xasup.wire.store import open_beside

_ALL = 10_000_000


def gather(roles: Iterable[Role]) -> list[Device]:
    """One device of each; their processes may still be at work. Raises Unavailable."""
    return [_device(role) for role in roles]


def stamps(roles: Iterable[Role]) -> Iterator[Stamped]:
    """All that was told to anybody, with when; in no order."""
    for role in roles:
        yield from transcript.stamps(role.transcript)


def _device(role: Role) -> Device:
    told = list(transcript.read(role.transcript))
    return Device(
        user=role.connect.client.user,
        accepted=_accepted(role),
        shown=[item for item in told if isinstance(item, Shown)],
        told=[item for item in told if isinstance(item, Told)],
    )


def _accepted(role: Role) -> list[Accepted]:
    me = role.connect.client.user
    store = open_beside(role.store)
    try:
        conversations = [thread.conversation for thread in store.history.threads()]
        pages = [store.history.page(conversation, None, _ALL) for conversation in conversations]
        return [Accepted(it.id, it.conversation, it.state) for page in pages for it in page if it.sender == me]
    finally:
        store.close()
