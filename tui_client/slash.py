"""What was typed into the input line: a command, a text to send, or a command that nobody knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tui_client.commands import BY_NAME, Command


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
