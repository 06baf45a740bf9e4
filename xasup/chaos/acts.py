"""The acts of `xasup chaos`: one line each. An act that is new is a file with a `Play`, and its line here."""

from __future__ import annotations

from collections.abc import Sequence

from xasup.chaos import clocks, crowd, revocation, simulated, soak, talk
from xasup.chaos.act import Act
from xasup.chaos.mutations import play as mutations
from xasup.chaos.storage.play import storage
from xasup.protocol.errors import Malformed

ACTS = (
    Act("T0", "habits broken on purpose in simulated lives: each must be named", simulated.controls),
    Act("T1", "every part killed with -9 at random instants", talk.crash),
    Act("T2", "parts stopped for 3 s, some two at once", talk.pause),
    Act(
        "T3", "latency, jitter, slices, resets, half-open connections, cuts before a PUBACK; a link down", talk.network
    ),
    Act("T4", "disks that give back another bit than they got, or less, or that are full", storage),
    Act("T5", "ten thousand simulated lives", simulated.lives),
    Act("T6", "clocks set a year forward and back", clocks.jump),
    Act("T7", "consent revoked while 500 messages a second flow, for whom and by whom it may be", revocation.revoke),
    Act("mutations", "packets, payloads, requests and command lines, spoiled by the ten thousand", mutations.play),
    Act("crowd", "5,000 devices, 1,000 of which come back at once", crowd.play),
    Act("soak", "a reconnect a second for long: what grows?", soak.play, usual=False),
    Act("mix", "the faults of all acts that break a talk, in one; what the tests play", talk.mix, usual=False),
)


def chosen(names: str) -> Sequence[Act]:
    """Of *names*, separated by commas; the usual ones of an empty text. Raises Malformed naming what there is."""
    if not names:
        return [act for act in ACTS if act.usual]
    by_name = {act.name.lower(): act for act in ACTS}
    try:
        return [by_name[name.strip().lower()] for name in names.split(",")]
    except KeyError as error:
        raise Malformed(f"no act {error}; there are {', '.join(act.name for act in ACTS)}") from None
