"""The ways in which consent ends: who revokes, by which door, what is broken meanwhile; and how it begins again.

Refuses to know: what flows meanwhile, what is proved by it.
"""

from __future__ import annotations

import asyncio
import random
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from contacts.admin.desk import Desk
from contacts.operations import contacts
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from xasup.chaos import faults
from xasup.chaos.accounts import now
from xasup.chaos.cast import GROUP
from xasup.chaos.peer import Peer
from xasup.protocol import codec
from xasup.protocol.contacts import Op
from xasup.protocol.errors import Malformed
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child
from xasup.wire.truth import open_truth

_AT_ONCE, _ADMIN, _COMMAND, _SLOWED = "", " of an administrator", " of the admin command", " with the projector away"
TIMED = (_AT_ONCE, _ADMIN, _COMMAND, _SLOWED)  # how latencies are counted, apart from each other
_ARGV = (sys.executable, "-c", "from xasup.cli.main import main; main()", "contacts", "revoke", "--json")
_KILLED = 0.012  # seconds after the request within which a process is killed: before, while and after it is answered
_STOPPED = (0.05, 0.3)  # seconds for which one stands still


@dataclass
class Scene:
    """*alice* and *bob* are contacts, and with *carol* members of a group that alice owns."""

    settings: Settings
    children: Mapping[str, Child]
    dice: random.Random
    alice: Peer
    bob: Peer
    carol: Peer
    _door: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def come(self) -> None:
        """bob's device; what waits for it follows."""
        await self._door.enter_async_context(self.bob.coming())

    async def leave(self) -> None:
        """bob's device; the broker keeps its session."""
        await self._door.aclose()


Revoke = Callable[[Scene], Awaitable[float]]
"""Asks, and returns the time, by the loop's clock, at which the answer was there."""


@dataclass(frozen=True, slots=True)
class Way:
    """*group*: a membership ends, else a contact; *away*: bob has no device online; *broken*: what is done to a part
    beside the request, until it serves again; *timed*: one of TIMED."""

    name: str
    revoke: Revoke
    group: bool = False
    away: bool = False
    broken: Callable[[Scene], Coroutine[None, None, None]] | None = None
    timed: str = _AT_ONCE


async def restore(scene: Scene, way: Way) -> None:
    """Agree again."""
    if way.group:
        await scene.alice.ask("groups", op="invite", group=GROUP, user=scene.bob.user)
        await scene.bob.ask("groups", op="join", group=GROUP)
    else:
        await scene.alice.ask("contacts", op="ask", user=scene.bob.user)
        await scene.bob.ask("contacts", op="accept", user=scene.alice.user)


async def _by_recipient(scene: Scene) -> float:
    return await scene.bob.ask("contacts", op="revoke", user=scene.alice.user)


async def _by_sender(scene: Scene) -> float:
    return await scene.alice.ask("contacts", op="revoke", user=scene.bob.user)


async def _by_administrator(scene: Scene) -> float:
    """What the command does, in this process."""
    operation = contacts.act(Op.REVOKE, scene.bob.user, scene.alice.user, now=now(), by=ADMIN)
    async with open_truth(scene.settings.redis_url) as truth:
        done = await perform(truth, operation)
        desk = Desk(truth, scene.settings, as_json=True, usual=scene.settings.rate)
        while not await desk.enforced(done):
            pass
        return asyncio.get_running_loop().time()


async def _by_command(scene: Scene) -> float:
    """`xasup contacts revoke`. Raises Malformed with its words where it does not say that it is enforced."""
    argv = (*_ARGV, "--data", str(scene.settings.data), scene.bob.user, scene.alice.user)
    process = await asyncio.create_subprocess_exec(*argv, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()
    if process.returncode or not codec.decode_object(out)["enforced"]:
        raise Malformed(f"`xasup contacts revoke`: {(err or out).decode(errors='replace').strip()}")
    return asyncio.get_running_loop().time()


async def _removed(scene: Scene) -> float:
    return await scene.alice.ask("groups", op="remove", group=GROUP, user=scene.bob.user)


async def _left(scene: Scene) -> float:
    return await scene.bob.ask("groups", op="leave", group=GROUP)


async def _kill_projector(scene: Scene) -> None:
    await asyncio.sleep(scene.dice.uniform(0, _KILLED))
    await faults.kill(scene.children["projector"])


async def _stop_projector(scene: Scene) -> None:
    await faults.pause([scene.children["projector"]], scene.dice.uniform(*_STOPPED))


WAYS = (
    Way("revoked by the recipient", _by_recipient),
    Way("revoked by the sender", _by_sender),
    Way("revoked by an administrator, the owner offline", _by_administrator, away=True, timed=_ADMIN),
    Way("revoked by the admin command, the owner offline", _by_command, away=True, timed=_COMMAND),
    Way("removed from a group", _removed, group=True),
    Way("left a group", _left, group=True),
    Way("revoked, the projector killed", _by_recipient, broken=_kill_projector, timed=_SLOWED),
    Way("revoked, the projector standing still", _by_recipient, broken=_stop_projector, timed=_SLOWED),
)
