"""`xasup audit`: the conservation law, checked on what is really kept."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import click

from xasup.audit import witnesses
from xasup.audit.audit import Audit, Report
from xasup.audit.findings import LAWS, Weight
from xasup.audit.ledger import Ledger
from xasup.cli.log_desk import LogDesk, at_log
from xasup.cli.since import EXPECTED, parse_since
from xasup.cli.status_looks import dropped
from xasup.runtime import parts
from xasup.runtime.output import emit, moment, note, paint, say
from xasup.runtime.settings import Settings

_EVERY = 2.0  # seconds between two remarks about how far it is


@click.command()
@click.option("--since", metavar="TIME", help=f"Only what the log took from then on: {EXPECTED}.")
@click.option(
    "--device",
    "devices",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with this file of a device, too; as often as you like.",
)
@click.option("--strict", is_flag=True, help="Fail for what may have an innocent reason, too.")
@click.option("--follow", metavar="SECONDS", type=click.FloatRange(min=0.1), help="Again and again, until it fails.")
@click.option("--most", type=click.IntRange(min=0), default=100, show_default=True, help="Ids to print of each check.")
@at_log
async def audit(
    desk: LogDesk, since: str | None, devices: tuple[Path, ...], strict: bool, follow: float | None, most: int
) -> None:
    """Check that nothing was lost, doubled, invented or let through, on all that the log holds.

    The log is compared with itself, with what history keeps and with files of devices: each message once, with one
    content, where history says; receipts by the recipient, about messages that there are; numbers without gaps; consent
    at the time. What the bridge told to senders is in their devices' files alone, since nobody may read the events of
    others. Everything is read once, with a temporary file in TMPDIR and some 150 MiB of memory, however large the log
    is; nothing is changed. The backend may run meanwhile.

    Exit status 1 where something fails, with the ids.

    \b
    Examples:
      xasup audit
      xasup audit --since 1h --strict --json | jq .found
      xasup audit --device ~/.local/share/xasup/alice-laptop.sqlite --follow 60
    """
    start = parse_since(since, datetime.now(UTC)) if since is not None else None
    with Ledger() as ledger:
        auditing = Audit(desk.log, ledger, start, most, _Progress())
        while True:
            auditing.claim(
                chain(witnesses.of_history(desk.settings.history), *(witnesses.of_device(path) for path in devices))
            )
            await auditing.read()
            report = await auditing.report(await _dropped(desk.settings))
            _print(desk, report, strict)
            if report.failed(strict):
                sys.exit(1)
            if follow is None:
                return
            sys.stdout.flush()
            await asyncio.sleep(follow)


class _Progress:
    """On a terminal."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _EVERY

    def __call__(self, read: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            note(f"{read:,} records read")


async def _dropped(settings: Settings) -> int | None:
    """What the broker tells the bridge, None: no bridge is at work."""
    return dropped(await parts.look_at(settings, "bridge"))


def _print(desk: LogDesk, report: Report, strict: bool) -> None:
    if desk.as_json:
        emit(_fields(report, strict))
        return
    for name, count in report.read.items():
        say(f"{name + ':':<12} {count:>12,}")
    say(f"{'dropped:':<12} {'unknown' if report.dropped is None else report.dropped:>12}")
    say(f"{'reach:':<12} {_reach(report)}")
    for check, (weight, law) in LAWS.items():
        count = report.findings.counts.get(check, 0)
        if count or weight is not Weight.NOTE:
            _verdict(str(check), count, weight is Weight.FAIL or (strict and weight is Weight.STRICT), law)
        for finding in report.findings.shown.get(check, ()):
            say(f"      {finding.who}: {finding.detail}")
    failed = report.failed(strict)
    say(f"audit: {f'{failed:,} found' if failed else 'ok'}")


def _verdict(name: str, count: int, fails: bool, law: str) -> None:
    word, colour = ("ok", "green") if not count else ("FAIL", "red") if fails else ("note", "yellow")
    say_painted = paint(f"{word:<5}", colour)
    sys.stdout.write(f"{say_painted} {name:<22} {count or '':>9}  {law}\n")


def _reach(report: Report) -> str:
    if report.reach.messages:
        return "all messages that there ever were"
    if report.reach.since:
        return f"messages since {moment(report.reach.since)}"
    return "the messages that the log still holds"


def _fields(report: Report, strict: bool) -> dict[str, Any]:
    found = {
        str(check): {
            "count": count,
            "weight": str(LAWS[check].weight),
            "ids": [{"who": it.who, "detail": it.detail} for it in report.findings.shown.get(check, ())],
        }
        for check, count in report.findings.counts.items()
    }
    reach = {"all": report.reach.messages, "since": report.reach.since, "decisions": report.reach.decisions}
    return {
        "ok": not report.failed(strict),
        "failed": report.failed(strict),
        "read": report.read,
        "dropped": report.dropped,
        "reach": reach,
        "found": found,
    }
