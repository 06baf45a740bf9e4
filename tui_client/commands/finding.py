"""Commands that find: people, groups, commands, lines, days, what is new. Refuses to know widgets and keys.

Every deed may raise Malformed, Refused or Unavailable; whoever calls it shows the sentence.
"""

from __future__ import annotations

from datetime import date

from tui_client.commands.deciding import decide, undo
from tui_client.counter import Desk
from tui_client.finding import days, inbox
from tui_client.finding.goals import Kind
from tui_client.finding.hits import Hits, Quest
from tui_client.finding.story import story
from tui_client.screens.form import Blank, Form
from tui_client.screens.inbox import Inbox
from tui_client.screens.leaf import Leaf
from tui_client.screens.requests import Requests
from tui_client.screens.search import Search, look
from tui_client.screens.switcher import Switcher
from xasup.client.moments import day_of
from xasup.client.values import Conversation
from xasup.protocol.errors import Malformed


async def switch(desk: Desk, text: str) -> None:
    """A command that wants more than its name asks for it by itself."""
    goal = await desk.show(Switcher(desk.view, desk.commands, text))
    if goal is None:
        return
    if goal.kind is Kind.COMMAND:
        await next(command for command in desk.commands if command.name == goal.key).do(desk, "")
    elif goal.kind is Kind.STRANGER:
        desk.prefill(f"/ask {goal.key} ")
    else:
        await desk.go_to(goal.key, 0)


async def search(desk: Desk, text: str) -> None:
    """In all conversations; what is named is looked for at once."""
    hits = await look(desk, Hits(Quest(text)))
    place = await desk.show(Search(desk, hits))
    if place is not None:
        await desk.go_to(place.key, place.seq)


async def day(desk: Desk, text: str) -> None:
    """The first line of that day in the open conversation; a form asks where no day is named."""
    key, now = _open(desk), desk.clocks.wall()
    if not text:
        blank = Blank("Day", lambda typed: days.named(days.parse(typed, now.date()), now.date()))
        filled = await desk.show(Form("Go to which day?", (blank,), f"Expected: {days.EXPECTED}", "/day DAY"))
        if filled is None:
            return
        text = filled[0]
    wanted = days.parse(text, now.date())
    seq = await desk.engine.day(key, days.begins(wanted, now.tzinfo))
    if seq is None:
        raise Malformed(f"nothing was written here on {wanted.isoformat()} or later")
    await desk.go_to(key, seq)
    _say_if_another(desk, wanted)


async def first_unread(desk: Desk, text: str) -> None:
    """Where reading stopped before the open conversation was opened; what has been in view since is read."""
    key = _open(desk)
    known = desk.view.conversations.get(key)
    seq = desk.view.fresh or (known.first_unread if known else None)
    if not seq:
        raise Malformed("everything here is read")
    await desk.go_to(key, seq)


async def show_inbox(desk: Desk, text: str) -> None:
    """What is chosen opens where reading stopped."""
    found = [await _unread(desk, each) for each in inbox.unread(desk.view)]
    waiting = len(desk.view.waiting())
    also = f"requests that wait for your answer: {waiting} (/requests)" if waiting else ""
    chosen = await desk.show(Inbox(found, desk.clocks.wall(), also))
    if chosen is not None:
        await desk.go_to(chosen.key, chosen.line.seq if chosen.line else 0)


async def back(desk: Desk, text: str) -> None:
    """To where one was."""
    if not await desk.go_back():
        raise Malformed("there is nothing to go back to")


async def forward(desk: Desk, text: str) -> None:
    """To where one went back from."""
    if not await desk.go_forward():
        raise Malformed("there is nothing to go forward to")


async def info(desk: Desk, text: str) -> None:
    """Of the selected message, else of the newest here."""
    view = desk.view
    message = view.chosen() or (view.lines[-1] if view.lines else None)
    if message is None:
        raise Malformed("no message is here to tell about")
    steps = await desk.engine.states(message.conversation, message.id)
    await desk.show(Leaf("Message", story(view, message, steps, desk.clocks.wall())))


async def show_requests(desk: Desk, text: str) -> None:
    """What is chosen is opened."""
    key = await desk.show(Requests(desk, lambda command, who: decide(desk, command, who), lambda: undo(desk, "")))
    if key is not None:
        await desk.go_to(key, 0)


async def _unread(desk: Desk, conversation: Conversation) -> inbox.Unread:
    first = conversation.first_unread
    lines = [] if first is None else await desk.engine.messages_after(conversation.key, first - 1, limit=1)
    title = desk.view.title(conversation.key)
    return inbox.Unread(conversation.key, title, conversation.unread, lines[0] if lines else None)


def _say_if_another(desk: Desk, wanted: date) -> None:
    """On a day without a line one lands on a later one."""
    message, now = desk.view.chosen(), desk.clocks.wall()
    came = day_of(message.ts, now.tzinfo) if message else None
    if came is not None and came != wanted:
        named = (days.named(each, now.date()) for each in (wanted, came))
        desk.remark("nothing was written here {}; this is {}".format(*named))


def _open(desk: Desk) -> str:
    if not desk.view.open:
        raise Malformed("open a conversation first")
    return desk.view.open
