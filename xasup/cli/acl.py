"""`xasup acl check FROM TO`: what would the broker say, and why; by the truth, and by the directory it really reads."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import click

from contacts.admin.desk import Desk, at_desk
from xasup.protocol import topics
from xasup.protocol.access import Attempt, Operation, Reason, may
from xasup.protocol.directory import MemoryDirectory, Reader
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, GroupId, UserId, group_id, user_id
from xasup.protocol.records import edits_of
from xasup.runtime.output import emit, say
from xasup.runtime.settings import Settings
from xasup.wire.directory import DirectoryReader
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Truth

WHY: dict[Reason, str] = {
    Reason.OK: "the message passes",
    Reason.NOT_ACCEPTED: "{to} has not accepted {sender}; `xasup contacts list {to}` shows where they stand",
    Reason.NOT_MEMBER: "{sender} is not a member of {to}",
    Reason.DEVICE_INVALID: "{client} is unknown, revoked, expired or suspended; see `xasup devices list {sender}`",
    Reason.DIRECTORY_UNAVAILABLE: "the broker's directory cannot be read, so everything is refused; `xasup doctor`",
}


@dataclass(frozen=True, slots=True)
class Question:
    """May *client* write to *to*: a user, or a group as `g:name`."""

    client: ClientId
    to: str

    def attempt(self) -> Attempt:
        if self.to.startswith("g:"):
            topic = topics.group_message(group_id(self.to[2:]), self.client.user)
        else:
            topic = topics.message(user_id(self.to), self.client.user)
        return Attempt(self.client, Operation.WRITE, topic)

    def why(self, reason: Reason) -> str:
        sentence = WHY.get(reason, str(reason))
        return sentence.format(sender=self.client.user, to=self.to, client=self.client)


@click.group()
def acl() -> None:
    """Ask what the broker would say, and why."""


@acl.command()
@click.argument("sender", metavar="FROM")
@click.argument("to", metavar="TO")
@at_desk
async def check(desk: Desk, sender: str, to: str) -> None:
    """May FROM write to TO? FROM is a user or user:device, TO a user or g:group.

    Answers by the truth (Redis) and by the directory that the broker reads; they differ only while a change is on its
    way, or while the projector is down. Exit status 0: yes by both; 1: no.

    \b
    Examples:
      xasup acl check alice bob
      xasup acl check sensor:garden g:hikers --json
    """
    question = Question(await _client(desk.truth, sender), to)
    attempt = question.attempt()
    truth = _judge(attempt, await _facts(desk.truth, question.client, to))
    directory = _judge_directory(desk.settings, attempt)
    allowed = truth is directory is Reason.OK
    if desk.as_json:
        emit({"from": str(question.client), "to": to, "allowed": allowed, "truth": truth, "directory": directory})
    else:
        for name, reason in (("truth", truth), ("directory", directory)):
            say(f"{name:<10} {'yes' if reason is Reason.OK else 'no':<4} {reason:<22} {question.why(reason)}")
    if not allowed:
        sys.exit(1)


async def _client(truth: Truth, sender: str) -> ClientId:
    """The device meant: the one named, or any of the user's."""
    if ":" in sender:
        return ClientId.parse(sender)
    user = user_id(sender)
    devices, _ = await truth.page(tables.devices(user), "", 1)
    return ClientId.parse(f"{user}:{devices[0][0] if devices else 'none'}")


async def _facts(truth: Truth, client: ClientId, to: str) -> Reader:
    cells = [Cell(tables.USERS, client.user), Cell(tables.devices(client.user), client.device)]
    if to.startswith("g:"):
        cells.append(Cell(tables.members(GroupId(to[2:])), client.user))
    else:
        cells.append(Cell(tables.contacts(UserId(to)), client.user))
    return MemoryDirectory(edits_of(zip(cells, await truth.get(cells), strict=True)))


def _judge(attempt: Attempt, facts: Reader) -> Reason:
    return may(attempt, facts, int(time.time()))


def _judge_directory(settings: Settings, attempt: Attempt) -> Reason:
    try:
        with DirectoryReader(settings.directory) as directory:
            return _judge(attempt, directory)
    except Unavailable:
        return Reason.DIRECTORY_UNAVAILABLE
