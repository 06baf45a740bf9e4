"""`xasup asyncapi`: the protocol as an AsyncAPI document."""

from __future__ import annotations

import click

from xasup.asyncapi import document
from xasup.asyncapi.yaml import dump
from xasup.runtime.output import emit, line


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON on one line instead of YAML.")
def asyncapi(as_json: bool) -> None:
    """Print the protocol as an AsyncAPI 3 document, for code generators and viewers. docs/asyncapi.yaml is this.

    \b
    Examples:
      xasup asyncapi > docs/asyncapi.yaml
      xasup asyncapi --json | jq '.channels | keys'
    """
    if as_json:
        emit(document())
    else:
        line(dump(document()).rstrip("\n"))
