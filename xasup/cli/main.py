"""`xasup`: finds a command by name and imports only that one, so that `xasup send` starts fast.

Refuses to know what the commands do. Exit codes: 0 done, 1 refused or not found, 2 the input or the
surroundings must change.
"""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module

import click

from xasup import __version__
from xasup.protocol.errors import Refused, XasupError
from xasup.protocol.inert import inert, one_line

# Name of the command -> where it is, and its line in `xasup --help` (so that help imports nothing).
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("xasup.cli.up:up", "Run the whole backend on this machine."),
    "chat": ("xasup.cli.chat:chat", "Chat in the terminal."),
    "send": ("xasup.cli.send:send", "Send a message from the command line or a pipe."),
    "listen": ("xasup.cli.listen:listen", "Print messages and events as they arrive."),
    "export": ("xasup.cli.export:export", "Write a conversation as text, JSON or HTML."),
    "accounts": ("xasup.cli.accounts:accounts", "List, add, check and choose the accounts of this machine."),
    "users": ("contacts.admin.users:users", "Create, list, show, suspend and delete users."),
    "devices": ("contacts.admin.devices:devices", "Create, list, rename and revoke devices."),
    "contacts": ("contacts.admin.contacts:contacts", "See, approve, deny, allow and revoke contacts."),
    "groups": ("contacts.admin.groups:groups", "See and manage groups."),
    "acl": ("xasup.cli.acl:acl", "Ask what the broker would say, and why."),
    "log": ("xasup.cli.log:log", "Look into the durable log, and deal with its dead letters."),
    "audit": ("xasup.cli.audit:audit", "Check that nothing was lost, doubled or let through."),
    "history": ("xasup.cli.history:history", "Print what somebody finds in the history."),
    "kafka": ("xasup.cli.kafka:kafka", "Fetch what the log in Kafka needs."),
    "status": ("xasup.cli.status:status", "Show how each part of the backend is, live."),
    "backup": ("xasup.cli.backup:backup", "Copy the running backend into one file."),
    "restore": ("xasup.cli.backup:restore", "Put a backup into a data directory."),
    "doctor": ("xasup.cli.doctor:doctor", "Find what is missing or misconfigured."),
    "demo": ("xasup.cli.demo:demo", "Play the main story on a backend of its own, and check it."),
    "bench": ("xasup.cli.bench:bench", "Measure, against a peer, in turn."),
    "chaos": ("xasup.cli.chaos:chaos", "Break a backend again and again, and check every promise."),
    "simulate": ("xasup.cli.simulate:simulate", "The same on a simulated world: thousands of runs, each by its seed."),
    "asyncapi": ("xasup.cli.asyncapi:asyncapi", "Print the protocol as an AsyncAPI 3 document."),
    "completion": ("xasup.cli.completion:completion", "Print the completion script for your shell."),
}


class _ReaderGone(Exception):
    """Whoever read our output has seen enough, as in `xasup contacts list | head`."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGone from None  # which click would make a failure

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="xasup")
def cli() -> None:
    """XasUp: a messaging backend whose client protocol is plain MQTT.

    \b
    Examples:
      xasup up                                      the whole backend on this machine
      xasup chat xasup://alice:TOKEN@HOST:1883/laptop
      echo hi | xasup send bob
      xasup contacts pending
    """


def main(arguments: list[str] | None = None) -> None:
    """The entry point: our errors become one line and a status; a traceback is a bug."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character still gets the rest
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except (BrokenPipeError, _ReaderGone):  # what is still buffered must not fail at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    if status:
        sys.exit(status)


def _show(error: click.ClickException) -> None:
    """What was typed is made inert, and gets no lines of its own; a whole help text keeps its lines."""
    said = io.StringIO()
    error.show(said)
    is_help = isinstance(error, click.UsageError) and error.ctx and error.message == error.ctx.get_help()
    spelled = error.message if is_help else one_line(error.message)
    click.echo(inert(said.getvalue().replace(error.message, spelled)), err=True, nl=False)


def _run(arguments: list[str] | None) -> int:
    try:
        cli.main(arguments, prog_name="xasup", standalone_mode=False)
    except SystemExit as status:
        return int(status.code or 0)
    except click.ClickException as error:
        _show(error)
        return 2
    except click.Abort as end:
        if not isinstance(end.__context__, EOFError):
            return 130
        click.echo("xasup: an answer is needed, and the input has ended", err=True)
        return 2
    except KeyboardInterrupt:
        return 130
    except XasupError as error:
        click.echo(f"xasup: {one_line(str(error))}", err=True)
        return 1 if isinstance(error, Refused) else 2
    except ModuleNotFoundError as error:
        click.echo(f"xasup: the part that needs {error.name} is not installed; pip install 'xasup[all]'", err=True)
        return 2
    return 0
