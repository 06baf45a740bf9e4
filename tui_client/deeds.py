"""Commands about people and messages. Refuses to know widgets, keys and how errors are shown.

Every deed may raise Malformed, Refused or Unavailable; whoever calls it shows the sentence.
"""

from __future__ import annotations

from tui_client import words
from tui_client.counter import Desk, underway
from tui_client.places import place
from tui_client.standing import Standing
from xasup.client.values import group_of
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import user_id

GREETING = 500  # characters that a request may carry


async def write(desk: Desk, key: str, text: str) -> bool:
    """Send *text* to the conversation *key*; offer to ask where it would be refused. False: the text is kept."""
    if not key:
        raise Malformed("nobody to write to yet: /ask USER, or /open NAME")
    standing = desk.view.standing(key)
    if standing.writable or group_of(key) is not None:
        await desk.engine.send(key, text)
        return True
    if standing is not Standing.STRANGER and "ask" not in standing.look.offers:
        raise Malformed(f"{key} {standing.look.sentence}, so your text would not arrive; it stays here")
    if not await desk.confirm(words.unaccepted(key, standing)):
        return False
    await _ask(desk, key, text)
    return True


async def ask(desk: Desk, text: str) -> None:
    """Named: ask them. Else the open person, where asking makes sense; else the input line begins `/ask `."""
    user, _, greeting = text.partition(" ")
    if not user:
        standing = desk.view.standing(desk.view.open)
        if group_of(desk.view.open) is not None or "ask" not in standing.look.offers or not desk.view.open:
            return desk.prefill("/ask ")
        user = desk.view.open
    await desk.turn_to(user_id(user))
    return await _ask(desk, user, greeting.strip())


async def accept(desk: Desk, text: str) -> None:
    """The person or group that is named, else the open one, else the only one that waits for an answer."""
    key = place(_asking(desk, text))
    group = group_of(key)
    await desk.turn_to(key)  # now and not after the answer, when somebody may be typing to another
    act = desk.engine.join(group) if group is not None else desk.engine.accept(key)
    await underway(desk, f"accepting {key}", act)


async def deny(desk: Desk, text: str) -> None:
    """The person or group that is named, else the open one, else the only one that waits for an answer."""
    key = _asking(desk, text)
    group = group_of(key)
    act = desk.engine.leave(group) if group is not None else desk.engine.deny(key)
    await underway(desk, f"turning down {key}", act, f"turned down {key}")


async def revoke(desk: Desk, text: str) -> None:
    """The person that is named, else the open one after a question."""
    key = _person(desk, text)
    if text or await desk.confirm(f"End it with {key}? Neither of you can write to the other from then on."):
        await underway(desk, f"ending it with {key}", desk.engine.revoke(key), f"ended with {key}, in both directions")


async def block(desk: Desk, text: str) -> None:
    """The person that is named, else the open one after a question."""
    key = _person(desk, text)
    if text or await desk.confirm(f"Block {key}? They cannot write to you or ask you, and are not told why."):
        await underway(desk, f"blocking {key}", desk.engine.block(key), f"blocked {key}")


async def unblock(desk: Desk, text: str) -> None:
    """The person that is named, else the open one."""
    key = _person(desk, text)
    await underway(desk, f"unblocking {key}", desk.engine.unblock(key), f"{key} may ask you again")


async def retry(desk: Desk, text: str) -> None:
    """The newest refused message of the open conversation."""
    await desk.engine.retry(_refused(desk))


async def discard(desk: Desk, text: str) -> None:
    """The newest refused message of the open conversation."""
    await desk.engine.discard(_refused(desk))


async def _ask(desk: Desk, user: str, greeting: str) -> None:
    await underway(desk, f"asking {user}", desk.engine.ask(user, greeting[:GREETING]))
    if not desk.view.standing(user).writable:
        desk.remark(f"asked {user}; you can write once they accept")


def _named(desk: Desk, text: str) -> str:
    key = text or desk.view.open
    if not key:
        raise Malformed("who? name somebody, or open a conversation first")
    return key


def _asking(desk: Desk, text: str) -> str:
    waiting = desk.view.waiting()
    return waiting[0] if not text and not desk.view.open and len(waiting) == 1 else _named(desk, text)


def _person(desk: Desk, text: str) -> str:
    key = _named(desk, text)
    if group_of(key) is not None:
        raise Malformed("that is for people; a group is left with /leave")
    return key


def _refused(desk: Desk) -> str:
    line = desk.view.refused()
    if line is None:
        raise Malformed("nothing here was refused")
    return line.id
