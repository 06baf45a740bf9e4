"""`xasup chaos`: break a backend of its own again and again, and check that every promise was kept."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import click

from xasup.chaos.act import Act, Order, Outcome, Say
from xasup.chaos.acts import chosen
from xasup.chaos.performance import Performed, perform
from xasup.chaos.report import as_json, write
from xasup.chaos.versions import versions
from xasup.protocol.inert import one_line
from xasup.runtime import logs
from xasup.runtime.output import emit, paint

_SHOWN = 20  # offending ids of each kind


@click.command()
@click.option("--log", type=click.Choice(["redis", "kafka"]), default="redis", show_default=True, help="Which log.")
@click.option("--act", "acts", default="", help="Which acts, as T1,T3; without it all that are usual.")
@click.option("--short", is_flag=True, help="Few faults of each kind, as in the tests.")
@click.option("--minutes", type=click.FloatRange(0, 600), default=0, help="Go on with new seeds for so long.")
@click.option("--soak", type=click.FloatRange(0, 600), default=0, help="Minutes of the act `soak`, alone.")
@click.option("--kills", type=click.IntRange(0, 1000), help="Of each part, with -9.  [default: 20; short: 3]")
@click.option("--pauses", type=click.IntRange(0, 1000), help="In all, for 3 s.  [default: 30; short: 3]")
@click.option("--storms", type=click.IntRange(0, 1000), help="Of the network, in all.  [default: 60; short: 7]")
@click.option(
    "--rounds",
    type=click.IntRange(0, 10_000),
    help="Revocations of T7 (200; short: 8), jumps of T6 (20; 4), lives of T5 (10,000; 200), cases of T4.",
)
@click.option("--users", type=click.IntRange(6, 1000), default=20, show_default=True, help="People who talk.")
@click.option("--rate", type=click.FloatRange(1, 5000), default=300, show_default=True, help="Messages a second.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the first schedule of faults.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Folder for the report.")
@click.option("--json", "json", is_flag=True, help="One JSON object for each act.")
def chaos(acts: str, minutes: float, report: Path | None, json: bool, **order: Any) -> None:
    """Break a backend in every way that we know while people talk, then count.

    It runs on free ports and in a temporary folder, with real processes. T0 breaks habits of ours on purpose, and each
    must be named. T1 kills Mosquitto, bridge, Redis (Kafka, ZooKeeper), contacts, projector, history, the senders' and
    the receivers' processes with -9; T2 stops them for a while; T3 spoils the network between clients and broker,
    bridge and broker, bridge and log, and takes down the link of the receivers' own network where the machine allows
    one; T4 damages files: a bit is changed, an end is lost, a disk is full; T5 is `xasup simulate`; T6 sets clocks a
    year forward and back. In the end nothing that was *stored* may be missing, nothing shown twice or out of order, or
    that nobody wrote, nothing seen without consent, no receipt gone backwards, nothing ended by a clock. T7 revokes
    while messages flow: nothing that is written after the answer may pass. `mutations` sends what is spoiled to
    everything that strangers reach: nothing may fall over. In `crowd` 1,000 of 5,000 devices come back at once, in 10
    s. --soak looks for what grows in a long run. Long forms also tell how fast the machine was. Exit status 0, or 1
    with the offending ids, the command that plays the act again, and the folder that is kept: logs, files, transcripts.
    Ctrl-C ends it in order; with --report, what was found so far is there at any time.

    \b
    Examples:
      xasup chaos --short
      xasup chaos --log kafka --act T1,T2 --seed 100 --report chaos-report
      xasup chaos --act T1 --minutes 30
      xasup chaos --soak 20
    """
    logs.configure("chaos", "warning", sys.stderr)
    until = time.monotonic() + minutes * 60
    outcomes = list[Outcome]()
    for each in _orders(Order(**order)):
        for act in chosen(acts or ("soak" if order["soak"] else "")):
            done = _run(act, each, json, report)
            outcomes.append(done.outcome)
            if report:
                write(report, outcomes, versions(each.log))
            if done.ended_by:
                sys.exit(128 + done.ended_by)
        if not all(outcome.good for outcome in outcomes):
            sys.exit(1)
        if time.monotonic() >= until:
            return


def _orders(first: Order) -> Iterator[Order]:
    """The same with one seed after the other."""
    return (replace(first, seed=first.seed + more) for more in count())


def _run(act: Act, order: Order, json: bool, report: Path | None) -> Performed:
    say = _printer(json, report)
    say(f"{act.name}: {act.title}; seed {order.seed}, log {order.log}")
    done = perform(act, order, say)
    if json:
        emit(as_json(done.outcome))
    else:
        _print(done.outcome)
    if done.evidence:
        say(f"the evidence stays in {done.evidence}")
    return done


def _printer(quiet: bool, report: Path | None) -> Say:
    """To standard error, and line by line into the report's folder: what is there after a crash."""
    begun = time.monotonic()

    def say(what: str) -> None:
        line = f"{time.monotonic() - begun:7.1f} s  {one_line(what)}"
        if not quiet:
            click.echo(line, err=True)
        if report:
            report.mkdir(parents=True, exist_ok=True)
            with (report / "progress.log").open("a") as file:
                file.write(f"{line}\n")

    return say


def _print(outcome: Outcome) -> None:
    click.echo(
        ", ".join(
            f"{name} {value:,g}" if value < 1e6 else f"{name} {value:,.0f}" for name, value in outcome.counts.items()
        )
    )
    for sentence in outcome.skipped:
        click.echo(f"  not done: {one_line(sentence)}")
    for kind, ids in outcome.wrong.items():
        click.echo(f"  {kind:<24} {paint(str(len(ids)), 'red' if ids else 'green')}")
        _print_ids(ids[:_SHOWN])
    if not outcome.good:
        click.echo(f"again: {outcome.replay}")


def _print_ids(ids: Sequence[str]) -> None:
    for id in ids:
        click.echo(f"    {one_line(id)}")
