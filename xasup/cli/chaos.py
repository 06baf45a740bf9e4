"""`xasup chaos`: break a backend of its own again and again, and check that every promise was kept."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import click

from xasup.chaos.run import Order, Outcome, Say, run
from xasup.protocol.inert import one_line
from xasup.runtime.output import emit, paint
from xasup.stack import LogKind, apart

_SHOWN = 20  # offending ids of each kind


@click.command()
@click.option("--log", type=click.Choice(["redis", "kafka"]), default="redis", show_default=True, help="Which log.")
@click.option("--minutes", type=click.FloatRange(0, 600), default=0, help="Go on with new seeds for so long.")
@click.option("--kills", type=click.IntRange(0, 1000), default=3, show_default=True, help="Of each part, with -9.")
@click.option("--pauses", type=click.IntRange(0, 1000), default=1, show_default=True, help="Of each part, for 3 s.")
@click.option("--users", type=click.IntRange(6, 1000), default=20, show_default=True, help="People who talk.")
@click.option("--rate", type=click.FloatRange(1, 5000), default=300, show_default=True, help="Messages a second.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the first schedule of faults.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each schedule.")
def chaos(log: LogKind, minutes: float, as_json: bool, **order: Any) -> None:
    """Kill and pause every part of a backend in random order while people talk, then count.

    It runs on free ports and in a temporary folder; Mosquitto, bridge, Redis (Kafka, ZooKeeper), contacts, projector,
    history, the senders' and the receivers' processes are killed with -9. In the end nothing that was *stored* may be
    missing, nothing shown twice or out of order, nothing seen without consent, no receipt gone backwards. Exit status
    0, or 1 with the offending ids and the command that repeats the schedule.

    \b
    Examples:
      xasup chaos
      xasup chaos --log kafka --minutes 30 --seed 100
    """
    until = time.monotonic() + minutes * 60
    for chosen in _orders(**order):
        if not as_json:
            click.echo(
                f"seed {chosen.seed}, log {log}: {chosen.users} people, {chosen.rate:g} messages a second", err=True
            )
        outcome = _run(log, chosen, _printer(as_json))
        (_emit if as_json else _print)(outcome, log)
        if not outcome.verdict.good:
            sys.exit(1)
        if time.monotonic() >= until:
            return


def _orders(seed: int, **order: Any) -> Iterator[Order]:
    """The same with one seed after the other."""
    return (Order(seed=seed + more, **order) for more in count())


def _run(log: LogKind, order: Order, say: Say) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="xasup-chaos-") as folder:
        return asyncio.run(run(apart(Path(folder), log), Path(folder), order, say))


def _printer(quiet: bool) -> Say:
    begun = time.monotonic()

    def say(what: str) -> None:
        if not quiet:
            click.echo(f"{time.monotonic() - begun:7.1f} s  {one_line(what)}", err=True)

    return say


def _emit(outcome: Outcome, log: str) -> None:
    verdict = outcome.verdict
    emit(
        {
            "log": log,
            "order": asdict(outcome.order),
            "faults": [f"{fault.kind} {fault.part}" for fault in outcome.faults],
            "slowest_recovery": round(max(outcome.recoveries, default=0.0), 3),
            "accepted": verdict.accepted,
            "stored": verdict.stored,
            "shown": verdict.shown,
            "wrong": {kind: len(ids) for kind, ids in verdict.wrong.items()},
            "ids": {kind: ids[:_SHOWN] for kind, ids in verdict.wrong.items() if ids},
        }
    )


def _print(outcome: Outcome, log: str) -> None:
    verdict, order = outcome.verdict, outcome.order
    click.echo(f"{len(outcome.faults)} faults, slowest recovery {max(outcome.recoveries, default=0.0):.1f} s")
    click.echo(f"accepted {verdict.accepted:,}, stored {verdict.stored:,}, shown {verdict.shown:,}")
    for kind, ids in verdict.wrong.items():
        click.echo(f"  {kind:<24} {paint(str(len(ids)), 'red' if ids else 'green')}")
        for id in ids[:_SHOWN]:
            click.echo(f"    {one_line(id)}")
    if not verdict.good:
        click.echo(f"again: xasup chaos --log {log} --users {order.users} --rate {order.rate:g} --seed {order.seed}")
