"""What was typed into the input line: a command, a text to send, or a command that nobody knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tui_client.commands.command import Command
from tui_client.commands.table import BY_NAME


@dataclass(frozen=True, slots=True)
class Order:
    """A command and what follows it."""

    command: Command
    words: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Something to send."""

    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A slash and a word that is no command."""

    word: str


def parse(typed: str) -> Order | Text | Unknown:
    """`/ask bob hi` is an order, `//ask` the text `/ask`, and all that does not begin with a slash is text."""
    if not typed.startswith("/"):
        return Text(typed)
    if typed.startswith("//"):
        return Text(typed[1:])
    name, _, words = typed[1:].partition(" ")
    command = BY_NAME.get(name.lower())
    return Order(command, words.strip()) if command else Unknown(name)


def orders(typed: str) -> bool:
    """Is this a command, or the beginning of one, and no text to send?"""
    return typed.startswith("/") and not typed.startswith("//")


def filters(typed: str) -> bool:
    """Does what is typed narrow the list?"""
    return typed.partition(" ")[0].lower() == "/filter"


def letters(typed: str) -> str:
    """What the list is narrowed to while `/filter` is being typed."""
    return typed.partition(" ")[2].strip() if filters(typed) else ""
