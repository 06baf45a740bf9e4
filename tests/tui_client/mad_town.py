"""`python -m tests.tui_client.mad_town HOW FOLDER`: the terminal client among people of whom everything is hostile.

HOW: `screen`, `plain`, or `raw`: a screen without the one function that makes texts harmless, to see that a test of it
can fail. Exports go to FOLDER. Refuses to know: what is written to the terminal.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from types import ModuleType

if "raw" in sys.argv[1:2]:
    double = ModuleType("xasup.protocol.inert")
    double.inert = lambda text, keep=frozenset(): text  # type: ignore[attr-defined] # in the place of the real one
    double.one_line = lambda text: text  # type: ignore[attr-defined] # the same
    sys.modules["xasup.protocol.inert"] = double

from tests.tui_client.hostile import HOSTILE, LONELY
from tests.tui_client.lines import line
from tests.tui_client.town import NOON, StandIn, Town
from tui_client.app import ChatApp
from tui_client.clocks import Clocks
from tui_client.plain.prompt import PromptVoice
from tui_client.plain.session import PlainSession
from xasup.client.events import Notice
from xasup.client.values import Contact, Device, Traits
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.errors import Refused
from xasup.protocol.groups import Role
from xasup.protocol.ids import DeviceId, MessageId, UserId
from xasup.protocol.states import State

FIRST, LAST = "the first of it all", "the last of it all"
MANY = (*HOSTILE, LONELY)


class Victim(StandIn):
    """Whatever the services answer is hostile as well."""

    async def invite(self, group: str, user: str) -> None:
        number = int(user[1:])
        self.tell(Notice(f"{number}: {MANY[number]}"))
        raise Refused(f"{number}: {MANY[number]}")


def victim() -> Victim:
    """Alice, whose people are called h0, h1, …, and who call everything else by hostile texts."""
    town = Town()
    alice = town.people["alice"] = Victim(town, UserId("alice"))
    bob = town.person("bob")
    town.befriend("alice", "bob")
    for number, text in enumerate(MANY):
        name = UserId(f"h{number}")
        alice._contacts[name] = Contact(name, Edge.ASKED, Told.NONE, NOON, text)  # each asks, with a greeting
        town.groups[name] = {UserId("alice"): Role.OWNER, UserId(text): Role.MEMBER}
        alice._part(name, "alice", Role.MEMBER, text)
        alice._devices[name] = Device(DeviceId(name), label=text)
        _said(alice, f"g:{name}", text, UserId(text), State.DELIVERED)
        alice._traits[name] = Traits(draft=text)
    _said(alice, "bob", FIRST, bob.user)
    for text in MANY:
        said = _said(alice, "bob", text, bob.user)
        alice.add(replace(line(town.tick(), text, mine=True, state=State.REFUSED), re=said, reason=text))
    _said(alice, "bob", LAST, bob.user)
    alice.forget_news()
    return alice


async def main(how: str, folder: str) -> None:
    """Until somebody leaves."""
    os.chdir(folder)
    alice = victim()
    if how == "plain":
        await PlainSession(alice, Clocks(), lambda line: PromptVoice(line.prompt, line.complete, line.changed)).run()
    else:
        await ChatApp(alice).run_async()


def _said(alice: StandIn, key: str, text: str, sender: UserId, state: State = State.READ) -> MessageId:
    seq = alice.town.tick()
    said = line(seq, text, conversation=key, sender=sender, state=state)
    alice.add(said)
    return said.id


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
