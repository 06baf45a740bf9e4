"""`xasup doctor`: what is missing or misconfigured, and what to do about it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xasup.cli.checks import CHECKS
from xasup.cli.finding import Finding, Health
from xasup.protocol.inert import one_line
from xasup.runtime import listening
from xasup.runtime.output import Table, emit, paint
from xasup.runtime.settings import load

_COLOURS = {Health.OK: "green", Health.NOTE: "yellow", Health.BAD: "red"}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the backend.  [env: XASUP_DATA]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
def doctor(data: Path | None, as_json: bool) -> None:
    """Find what is missing or misconfigured: system packages, versions, ports, plugin, directory, clock,
    damaged files.

    Exit status 0: nothing is bad; 1: something is.

    \b
    Examples:
      xasup doctor
      xasup doctor --json | jq 'select(.health == "bad")'
    """
    settings = listening.as_running(load(data=data))
    findings = (finding for check in CHECKS for finding in check(settings))
    bad = 0
    table = None if as_json else Table([("what", 12), ("health", 6), ("detail", 1)])
    for finding in findings:
        bad += finding.health is Health.BAD
        _show(finding, table)
    sys.exit(1 if bad else 0)


def _show(finding: Finding, table: Table | None) -> None:
    if table is None:
        emit({"what": finding.what, "health": finding.health, "detail": finding.detail, "advice": finding.advice})
        return
    click.echo(
        f"{finding.what:<12}  {paint(f'{finding.health:<6}', _COLOURS[finding.health])}  {one_line(finding.detail)}"
    )
    if finding.advice:
        click.echo(f"{'':<22}→ {one_line(finding.advice)}")
