"""Commands about messages. Refuses to know widgets, keys and how errors are shown.

Every deed may raise Malformed, Refused or Unavailable; whoever calls it shows the sentence.
"""

from __future__ import annotations

from tui_client import consent, words
from tui_client.commands.people import request
from tui_client.counter import Desk
from tui_client.links import links
from tui_client.standing import Standing
from xasup.client.values import group_of
from xasup.protocol.errors import Malformed
from xasup.protocol.states import State


async def write(desk: Desk, key: str, text: str, reply: str = "", editing: str = "") -> bool:
    """Send *text* to the conversation *key*, in answer to *reply* or in the place of *editing*; offer to ask where it
    would be refused. False: the text is kept."""
    if not key:
        raise Malformed("nobody to write to yet: /ask USER, or /open NAME")
    standing = desk.view.standing(key)
    if standing.writable or group_of(key) is not None:
        await (desk.engine.edit(editing, text) if editing else desk.engine.send(key, text, reply or None))
        return True
    if standing is not Standing.STRANGER and "ask" not in standing.look.offers:
        raise Malformed(f"{key} {standing.look.sentence}, so your text would not arrive; it stays here")
    if not await desk.confirm(
        f"{words.unaccepted(key, standing)} {consent.sentence(consent.Decision.ASK.fate.learns)}"
    ):
        return False
    await request(desk, key, text)
    return True


async def reply(desk: Desk, text: str) -> None:
    """To the selected message, else to the newest of somebody else."""
    line = desk.view.chosen() or next((line for line in reversed(desk.view.lines) if not line.mine), None)
    if line is None:
        raise Malformed("there is nothing to reply to here")
    desk.answer(line.id)


async def edit(desk: Desk, text: str) -> None:
    """The selected message of mine that is refused or has not gone out, else the newest of those."""
    line = desk.view.chosen() or desk.view.unsent()
    if line is None:
        raise Malformed("nothing here can be changed: what has gone out stays as it was")
    if not line.mine or line.state not in (State.SENDING, State.REFUSED):
        raise Malformed("this has gone out and stays as it was; only what was refused or still waits can be changed")
    desk.correct(line.id, f"/{line.text}" if line.text.startswith("/") else line.text)


async def copy(desk: Desk, text: str) -> None:
    """The text of the selected message, else of the newest."""
    line = desk.view.chosen() or next(iter(desk.view.lines[-1:]), None)
    if line is None:
        raise Malformed("there is nothing to copy here")
    desk.copy(line.text)
    desk.remark("handed to the terminal's clipboard; some terminals must first be told to allow that")


async def open_links(desk: Desk, text: str) -> None:
    """Those of the selected message, else of the newest that has any: each after a question that shows it in full."""
    line = desk.view.chosen() or next((line for line in reversed(desk.view.lines) if links(line.text)), None)
    found = links(line.text) if line else []
    if not found:
        raise Malformed("there is no link here; only http and https are looked for")
    for number, link in enumerate(found, 1):
        if await desk.confirm(f"Link {number} of {len(found)}: open {link} in the browser?"):
            return desk.browse(link)
    return None


async def retry(desk: Desk, text: str) -> None:
    """The selected message, else the newest refused one of the open conversation."""
    await desk.engine.retry(_refused(desk))


async def discard(desk: Desk, text: str) -> None:
    """The selected message, else the newest refused one of the open conversation."""
    await desk.engine.discard(_refused(desk))


def _refused(desk: Desk) -> str:
    line = desk.view.chosen() or desk.view.refused()
    if line is None:
        raise Malformed("nothing here was refused")
    return line.id
