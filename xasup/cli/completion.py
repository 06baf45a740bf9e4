"""`xasup completion SHELL`: the script that makes the shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    Example:
      eval "$(xasup completion bash)"
    """
    from xasup.cli.main import cli  # here, since main imports commands by name and commands never import main

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell!r}")
    click.echo(kind(cli, {}, "xasup", "_XASUP_COMPLETE").source())
