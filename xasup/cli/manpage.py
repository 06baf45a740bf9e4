"""The manual page `xasup-chat(1)`, made of the table of commands, the marks and the options that there are. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import click

from tui_client import keys, roff
from tui_client.commands.command import Command, Section
from tui_client.commands.table import COMMANDS
from tui_client.keyboard import AT_MESSAGE, IN_EMPTY_TEXT, IN_TEXT
from tui_client.standing import Standing
from tui_client.ticks import TICKS

_DESCRIPTION = (
    "A conversation in the terminal, by the XasUp protocol. On the left are people and groups, on the right the open "
    "conversation, below it the line in which a text is written. Nobody can write to anybody who has not agreed: ask "
    "with /ask, answer with /accept or /deny, end it at any time with /revoke.",
    "It opens without a broker too, with what is on this device. What is written then goes out later, by itself.",
    "What others write is never obeyed by the terminal: control characters and escapes in it are spelled out.",
)
_COMMANDS = (
    "A command is given by its key, or typed with a slash; [...] may be left out where a conversation is open. A key "
    "behind the word at holds while a message is selected (Esc, or Up in an empty line). To send a text that begins "
    "with a slash, type two. Enter sends; Alt+Enter begins another line. Keys can be changed, see FILES."
)
_FILES = (
    ("~/.config/xasup/chat.toml", "keys and theme; xasup chat --print-config prints it with what holds anyway"),
    ("~/.config/xasup/", "the accounts that were used, which hold secrets; readable by their owner alone"),
    ("~/.local/share/xasup-client/USER@HOST_PORT/DEVICE.sqlite", "messages, drafts and what waits to go out"),
    ("~/.local/share/xasup-client/USER@HOST_PORT/DEVICE.log", "what went wrong; it holds no token and no text"),
)
_ENVIRONMENT = (
    ("XASUP_CONNECT", "the connect string, where none is given otherwise"),
    ("XASUP_CA", "PEM file of the authority to trust with xasups://"),
    ("NO_COLOR", "if set, no colours; nothing is told by colour alone"),
    ("TERM", "dumb chooses the plain mode"),
    ("XDG_CONFIG_HOME, XDG_DATA_HOME", "where the files are, instead of ~/.config and ~/.local/share"),
)
_STATUS = (
    ("0", "the person left"),
    ("1", "a bug; the log has it"),
    ("2", "the connect string is broken, the broker does not know the device, it runs already, or chat.toml is wrong"),
)
_EXAMPLES = (
    "xasup chat xasup://alice:TOKEN@127.0.0.1:1883/laptop",
    "xasup chat --connect-file ~/alice.xasup",
    "xasup chat --plain",
    "xasup chat --print-config > ~/.config/xasup/chat.toml",
    "xasup chat --man | man -l -",
)


def manpage(command: click.Command) -> str:
    """The page of *command*, which is `chat`."""
    return "".join(_page(command))


def _page(command: click.Command) -> Iterator[str]:
    yield roff.title("xasup-chat", 1, "User commands")
    yield roff.heading("name") + "xasup\\-chat \\- chat in the terminal\n"
    yield roff.heading("synopsis") + "\\fBxasup chat\\fR [\\fIOPTION\\fR]... [\\fICONNECT_STRING\\fR]\n"
    yield roff.heading("description") + "".join(map(roff.paragraph, _DESCRIPTION))
    yield roff.heading("options") + roff.entries(_options(command))
    yield roff.heading("commands") + roff.paragraph(_COMMANDS)
    for section in Section:
        found = [each for each in COMMANDS if each.section is section]
        if found:
            yield roff.subheading(section) + roff.entries((_term(each), f"{each.help}.") for each in found)
    yield roff.heading("keys that cannot be changed") + roff.entries(_fixed())
    yield roff.heading("marks of your messages") + roff.entries((it.mark, f"{it.meaning}.") for it in TICKS.values())
    yield roff.heading("marks in the list") + roff.entries((it.look.mark, f"{it.look.sentence}.") for it in Standing)
    for name, rows in (("files", _FILES), ("environment", _ENVIRONMENT), ("exit status", _STATUS)):
        yield roff.heading(name) + roff.entries((term, f"{meaning}.") for term, meaning in rows)
    yield roff.heading("examples") + roff.example(_EXAMPLES)


def _options(command: click.Command) -> Iterator[tuple[str, str]]:
    for each in command.params:
        if isinstance(each, click.Option) and each.help:
            takes = "" if each.is_flag else f" {each.make_metavar(click.Context(command))}"
            yield f"{', '.join(each.opts)}{takes}", each.help


def _term(command: Command) -> str:
    held = [command.shown_key, f"at {keys.shown(command.at_message)}" if command.at_message else ""]
    return "   ".join([command.slash, *filter(None, held)])


def _fixed() -> Iterator[tuple[str, str]]:
    tables = (
        ("while a text is written", IN_TEXT),
        ("in an empty input line", IN_EMPTY_TEXT),
        ("at a message", AT_MESSAGE),
    )
    help_of = {command.name: command.help for command in COMMANDS}
    for where, table in tables:
        for key, name in table.items():
            yield f"{keys.shown(key)}, {where}", f"{help_of[name]}."
