"""Commands about people. Refuses to know widgets, keys and how errors are shown.

Every deed may raise Malformed, Refused or Unavailable; whoever calls it shows the sentence.
"""

from __future__ import annotations

from tui_client.commands.deciding import decide
from tui_client.commands.places import place
from tui_client.consent import Decision, question, sentence
from tui_client.counter import Desk
from tui_client.screens.form import Blank, Form
from xasup.client.values import group_of
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import user_id

GREETING = 500  # characters that a request may carry


async def ask(desk: Desk, text: str) -> None:
    """Named: ask them. Else the open person, where asking makes sense; else a form asks whom."""
    user, _, greeting = text.partition(" ")
    if not user and _askable(desk):
        user = desk.view.open
    if not user:
        filled = await desk.show(_form())
        if filled is None:
            return
        user, greeting = filled
    await desk.turn_to(user_id(user))
    await request(desk, user, greeting.strip())


async def accept(desk: Desk, text: str) -> None:
    """The person or group that is named, else the open one, else the only one that waits for an answer."""
    key = place(_asking(desk, text))
    await desk.turn_to(key)  # now and not after the answer, when somebody may be typing to another
    await decide(desk, "accept", key)


async def deny(desk: Desk, text: str) -> None:
    """The person or group that is named, else the open one, else the only one that waits for an answer."""
    await decide(desk, "deny", _asking(desk, text))


async def revoke(desk: Desk, text: str) -> None:
    """The person that is named, else the open one after a question."""
    await _after_a_question(desk, "revoke", text)


async def block(desk: Desk, text: str) -> None:
    """The person that is named, else the open one after a question."""
    await _after_a_question(desk, "block", text)


async def unblock(desk: Desk, text: str) -> None:
    """The person that is named, else the open one."""
    await decide(desk, "unblock", _person(desk, text))


async def request(desk: Desk, user: str, greeting: str) -> None:
    """Ask, and say how it stands then."""
    await decide(desk, "ask", user, greeting[:GREETING])
    if not desk.view.standing(user).writable:
        desk.remark(f"asked {user}; you can write once they accept")


async def _after_a_question(desk: Desk, command: str, text: str) -> None:
    key = _person(desk, text)
    if text or await desk.confirm(question(command, key, desk.view.standing(key))):
        await decide(desk, command, key)


def _askable(desk: Desk) -> bool:
    key = desk.view.open
    return bool(key) and group_of(key) is None and "ask" in desk.view.standing(key).look.offers


def _form() -> Form:
    """Whom, and with which words."""
    blanks = (Blank("Whom", user_name), Blank("Greeting, if you like", greeting_length))
    return Form("Ask somebody to talk with you", blanks, sentence(Decision.ASK.fate.learns), "/ask USER GREETING")


def user_name(text: str) -> str:
    """Nothing to say about a user's name that will do. Raises Malformed."""
    user_id(text)
    return ""


def greeting_length(text: str) -> str:
    """How much of a greeting is used up. Raises Malformed."""
    if len(text) > GREETING:
        raise Malformed(f"{len(text)} characters; at most {GREETING} are carried")
    return f"{len(text)} of {GREETING} characters"


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
