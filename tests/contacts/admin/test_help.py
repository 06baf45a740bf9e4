"""The help of the admin commands, docs/cli.md and completion say what there is."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click
import pytest

from tests.support.commands import XASUP
from tests.support.tables import between, markdown
from xasup.cli.main import COMMANDS, cli
from xasup.runtime.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"
GROUPS = ("users", "devices", "contacts", "groups")


def commands() -> Iterator[tuple[str, click.Command]]:
    """All admin commands, by what is typed."""
    context = click.Context(cli)
    for name in GROUPS:
        group = cli.get_command(context, name)
        assert isinstance(group, click.Group)
        for command in sorted(group.list_commands(context)):
            yield f"xasup {name} {command}", group.commands[command]


def usage(typed: str, command: click.Command) -> str:
    pieces = command.collect_usage_pieces(click.Context(command))
    return " ".join([typed, *(piece for piece in pieces if piece != "[OPTIONS]")]).replace("|", "\\|")


def first_sentence(command: click.Command) -> str:
    paragraph = " ".join((command.help or "").split("\n\n")[0].split())
    return paragraph.rstrip(".")


def examples() -> Iterator[str]:
    for name in GROUPS:
        group = cli.get_command(click.Context(cli), name)
        assert group is not None
        for command in (group, *dict(commands()).values()):
            yield from re.findall(r"^\s*(\S.*)$", (command.help or "").partition("xample")[2], re.MULTILINE)[1:]


def parse(line: str) -> None:
    """Raises where the command line would not take what is typed."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|")
    lexer.whitespace_split = True
    for typed, words in groupby(lexer, lambda word: word != "|"):
        if typed:
            _parse(*words)


def _parse(program: str, *arguments: str) -> None:
    command: click.Command | None = cli
    while program == "xasup" and isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.get_command(click.Context(command), name)
        assert command is not None, f"no such command: {name}"
        if not isinstance(command, click.Group):
            command.make_context(name, list(arguments))


@pytest.mark.parametrize(("typed", "command"), list(commands()), ids=[it[0] for it in commands()])
def test_every_command_has_examples(typed: str, command: click.Command) -> None:
    shown = (command.help or "").partition("xample")[2]
    assert re.search(rf"^\s+(.* \| )?{typed}( |$)", shown, re.MULTILINE)


@pytest.mark.parametrize(("typed", "command"), list(commands()), ids=[it[0] for it in commands()])
def test_every_command_is_for_scripts_and_for_any_folder(typed: str, command: click.Command) -> None:
    assert {"--data", "--json"} <= {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("line", sorted(set(examples())))
def test_every_example_can_be_typed(line: str) -> None:
    assert "xasup " in line
    parse(line)


def test_an_example_that_cannot_be_typed_is_noticed() -> None:
    with pytest.raises(click.UsageError):
        parse("xasup users create alice --nmae Alice")
    with pytest.raises(AssertionError):
        parse("xasup users craete alice")


def test_the_page_lists_all_admin_commands() -> None:
    rows = [[f"`{usage(typed, command)}`", first_sentence(command)] for typed, command in commands()]
    assert between(PAGE, "admin") == markdown(["command", "what it does"], rows)


def test_the_page_lists_all_other_commands() -> None:
    rows = [[f"`xasup {name}`", text.rstrip(".")] for name, (_, text) in COMMANDS.items() if name not in GROUPS]
    assert between(PAGE, "commands") == markdown(["command", "what it does"], rows)


def test_the_page_lists_all_settings() -> None:
    rows = [[f"`XASUP_{name.upper()}`", field.description or ""] for name, field in Settings.model_fields.items()]
    assert all(meaning for _, meaning in rows)
    assert between(PAGE, "settings") == markdown(["variable", "meaning"], rows)


def test_completion_completes(tmp_path: Path) -> None:
    def completed(*words: str) -> set[str]:
        request = {"_XASUP_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        code = [*XASUP[:-1], "import sys; sys.argv = ['xasup']; " + XASUP[-1]]
        done = subprocess.run(code, env=os.environ | request, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return {line.partition(",")[2] for line in done.stdout.splitlines()}

    assert {"create", "delete", "list"} <= completed("xasup", "users", "")
    assert completed("xasup", "users", "policy", "alice", "a") == {"ask", "auto", "admin"}
    assert "--token-file" in completed("xasup", "devices", "create", "--to")
