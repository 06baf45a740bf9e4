"""`xasup simulate`: the real engine, bridge and history on a simulated world, thousands of times."""

from __future__ import annotations

import asyncio
import sys
import time

import click

from xasup.chaos.simulation.controls import CONTROLS
from xasup.chaos.simulation.many import Tally, play, trace
from xasup.protocol.inert import one_line
from xasup.runtime.output import emit, paint


@click.command()
@click.option("--seed", type=int, help="Play this run alone, and print what happened in it.")
@click.option("--runs", type=click.IntRange(1, 10_000_000), default=1000, show_default=True, help="How many.")
@click.option("--first", type=int, default=1, show_default=True, help="The first seed of many.")
@click.option("--processes", type=click.IntRange(1, 256), default=2, show_default=True, help="That play at once.")
@click.option("--control", type=click.Choice(list(CONTROLS)), help="Break this on purpose: the check must find it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def simulate(seed: int | None, runs: int, first: int, processes: int, control: str | None, as_json: bool) -> None:
    """Play many short lives of a messenger on a simulated clock, network, broker, disk and log.

    The engine, the bridge and history are the real ones. Everything that happens, and everything that goes wrong, is
    decided by the seed: processes killed between any two steps, connections cut anywhere, a broker that forgets, a full
    disk, a wrong clock, a revocation. The same seed is always the same run. Exit status 0, or 1 with the seeds that
    broke a promise and the command that plays each again.

    \b
    Examples:
      xasup simulate --runs 10000
      xasup simulate --seed 344
    """
    begun = time.monotonic()
    if seed is not None:
        for line in asyncio.run(trace(seed, control or "")):
            click.echo(one_line(line), err=True)
    tally = asyncio.run(play(first if seed is None else seed, runs if seed is None else 1, processes, control or ""))
    took = time.monotonic() - begun
    (_emit if as_json else _print)(tally, took, control)
    if tally.broken:
        sys.exit(1)


def _emit(tally: Tally, took: float, control: str | None) -> None:
    emit(
        {
            "runs": tally.runs,
            "seconds": round(took, 1),
            "accepted": tally.accepted,
            "stored": tally.stored,
            "shown": tally.shown,
            "kinds": dict(tally.kinds),
            "broken": {str(seed): wrong for seed, wrong in sorted(tally.broken.items())},
        }
    )


def _print(tally: Tally, took: float, control: str | None) -> None:
    click.echo(
        f"{tally.runs:,} runs in {took:.1f} s: accepted {tally.accepted:,}, stored {tally.stored:,}, "
        f"shown {tally.shown:,}"
    )
    also = f' --control "{control}"' if control else ""
    for seed, wrong in sorted(tally.broken.items()):
        click.echo(paint(f"seed {seed} broke a promise; again: xasup simulate --seed {seed}{also}", "red"))
        for kind, ids in wrong.items():
            for id in ids:
                click.echo(f"  {kind}: {one_line(id)}")
    if not tally.broken:
        click.echo(paint("no promise was broken", "green"))
