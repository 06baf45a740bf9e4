"""Carries out decisions about people and groups, and takes the last one back. Refuses to know what each lets others
learn (consent.py) and widgets. Each may raise Malformed, Refused or Unavailable."""

from __future__ import annotations

from collections.abc import Awaitable

from tui_client import consent
from tui_client.consent import Decision, Taken
from tui_client.counter import Desk, underway
from tui_client.engine import Engine
from xasup.client.values import group_of
from xasup.protocol.errors import Malformed

# what is said while the answer is on its way, and then; "" where the news of it say more
_SAID: dict[Decision, tuple[str, str]] = {
    Decision.ASK: ("asking {who}", ""),
    Decision.TAKE_BACK: ("taking back your request to {who}", "took back your request to {who}"),
    Decision.ACCEPT: ("accepting {who}", ""),
    Decision.JOIN: ("joining {who}", ""),
    Decision.DENY: ("turning down {who}", "turned down {who}; they learn only that you did not accept"),
    Decision.DECLINE: ("declining {who}", "declined {who}"),
    Decision.REVOKE: ("ending it with {who}", "ended with {who}, in both directions"),
    Decision.BLOCK_ASKER: ("blocking {who}", "blocked {who}"),
    Decision.BLOCK_CONTACT: ("blocking {who}", "blocked {who}"),
    Decision.BLOCK_OTHER: ("blocking {who}", "blocked {who}"),
    Decision.UNBLOCK: ("unblocking {who}", "{who} may ask you again"),
}


async def decide(desk: Desk, command: str, who: str, greeting: str = "") -> None:
    """*who*: a person or a group. What was decided is remembered, so that `undo` can take it back."""
    taken = Taken(consent.decision(command, desk.view.standing(who)), who)
    await _carry_out(desk, command, who, greeting)
    desk.decided(taken)


async def undo(desk: Desk, text: str) -> None:
    """Take back the last decision, after a question that says what they learn by it."""
    taken = desk.view.decided
    why = consent.why_not(taken, desk.view.standing(taken.who if taken else ""))
    if taken is None or why:
        raise Malformed(why)
    fate = taken.decision.fate
    if await desk.confirm(f"Take back: {fate.command} {taken.who}? {consent.sentence(fate.undo)}"):
        await _carry_out(desk, fate.back, taken.who)
        desk.decided(None)


async def _carry_out(desk: Desk, command: str, who: str, greeting: str = "") -> None:
    standing, name = desk.view.standing(who), desk.view.title(who)
    leaves = ("leaving {who}", "you left {who}")
    doing, done = leaves if command == "leave" else _SAID[consent.decision(command, standing)]
    act = _act(desk.engine, command, who, greeting)
    await underway(desk, doing.format(who=name), act, done.format(who=name))


def _act(engine: Engine, command: str, who: str, greeting: str) -> Awaitable[None]:
    group = group_of(who)
    if group is not None:
        return engine.join(group) if command == "accept" else engine.leave(group)
    if command == "ask":
        return engine.ask(who, greeting)
    acts = {
        "accept": engine.accept,
        "deny": engine.deny,
        "revoke": engine.revoke,
        "block": engine.block,
        "unblock": engine.unblock,
    }
    return acts[command](who)
