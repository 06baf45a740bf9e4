"""Which generation of xasup wrote a truth: one number in it. A newer one is neither read nor written.

Refuses to know: what changed between two of them.
"""

from __future__ import annotations

from xasup.protocol.errors import Unavailable
from xasup.wire.truth.port import Truth

SCHEMA = 1


async def check(truth: Truth) -> int:
    """What it is written in; 0: before there were numbers, which is read as 1. Raises Unavailable for a newer one."""
    found = await truth.schema()
    if found > SCHEMA:
        raise Unavailable(
            f"the truth was written by a newer xasup (schema {found}, this one reads up to {SCHEMA}); update this one"
        )
    return found


async def require(truth: Truth) -> None:
    """The same, and from now on it is of this one."""
    if await check(truth) < SCHEMA:
        await truth.set_schema(SCHEMA)
