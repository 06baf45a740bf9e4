"""`xasup bench NAME`: measure, against a peer, in turn. Refuses to know what is measured: that is in tests/bench/."""

from __future__ import annotations

import inspect
import json
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

CHECKOUT = Path(__file__).resolve().parents[2]
NAMES = ("acl", "fanout", "flood", "grants", "chat", "connections", "bridge", "stored", "history", "tui")


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option("--json", "bare", is_flag=True, help="Nothing on standard output but the closing object.")
@click.option(
    "--rounds", type=click.IntRange(1, 100), help="How often each side is measured (at least 5 for a figure)."
)
@click.option("--edges", type=click.IntRange(0, 100_000_000), help="Contacts in the broker's directory.")
@click.option("--seconds", type=click.FloatRange(0.1, 60), help="Length of one measurement.")
@click.option("--messages", type=click.IntRange(100, 10_000_000), help="Messages of one measurement.")
@click.option("--stored", type=click.IntRange(100, 100_000_000), help="Messages in the store that is read.")
@click.option("--log", type=click.Choice(["redis", "kafka"]), help="Where the bridge keeps what it mirrors.")
@click.option("--with-bridge", is_flag=True, default=None, help="With acl: what our bridge takes from the direct path.")
@click.option("--size", type=click.IntRange(1, 20_000), help="Senders, members, users, conversations or connections.")
@click.option(
    "--patience",
    type=click.FloatRange(0, 3600),
    default=20,
    show_default=True,
    help="Seconds for waiting until other processes are quiet, and for measuring again what they disturbed.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
def bench(name: str, bare: bool, patience: float, quiet: bool, **wanted: Any) -> None:
    """Measure ours and a peer in turn, with medians; the last line is one JSON object. Needs a checkout.

    \b
      acl           one-to-one messages, the plugin against bare Mosquitto
      fanout        one group message to 1,000 members, the same two
      flood         how long two people wait for a message while a third floods, and without
      grants        accepts until enforced, a small directory against a large one
      chat          message until delivered, the client engine against bare aiomqtt
      connections   broker memory per idle connection
      bridge        MQTT to the log, against paho-mqtt and the log's own client
      stored        from publish until the sender hears that it is stored
      history       log to mailboxes against plain SQLite, and pages of 100
      tui           the terminal client on 1,000,000 messages: start, keys, memory, rest

    \b
    Examples:
      xasup bench acl
      xasup bench acl --edges 100000 --rounds 5 --json
      xasup bench bridge --log kafka
    """
    run = load(name)
    unknown = [option for option, value in wanted.items() if value is not None and option not in _options(run)]
    if unknown:
        known = ", ".join(f"--{option}" for option in _options(run)).replace("_", "-")
        raise click.UsageError(f"{name} has no --{unknown[0].replace('_', '-')}; it takes {known}")

    def say(line: str) -> None:
        if not quiet:
            click.echo(line, err=True)

    with _ending_tidily(), tempfile.TemporaryDirectory(prefix="xasup-bench-") as folder:
        contest = import_module("tests.bench.rounds").Contest(say, patience)
        result = run(Path(folder), contest, **{option: value for option, value in wanted.items() if value is not None})
    if not bare:
        click.echo(_summary(result))
    click.echo(json.dumps(result))


@contextmanager
def _ending_tidily() -> Iterator[None]:
    """Told to end, leave the blocks, so that brokers are stopped and folders removed."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def load(name: str, checkout: Path = CHECKOUT) -> Callable[..., dict[str, Any]]:
    """The function that measures. Raises ClickException where there is none: benches are tests, and not packaged."""
    if not (checkout / "tests" / "bench" / f"{name}.py").is_file():
        raise click.ClickException("the benches are not packaged: run this in a checkout (git clone …; make setup)")
    if str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    function: Callable[..., dict[str, Any]] = import_module(f"tests.bench.{name}").run
    return function


def _options(run: Callable[..., object]) -> list[str]:
    return [name for name in inspect.signature(run).parameters if name not in ("folder", "contest")]


def _summary(result: dict[str, Any]) -> str:
    return (
        f"{result['bench']}: ours {result['ours']:,} {result['unit']}, peer {result['peer']:,}, "
        f"ratio {result['ratio']} (medians of {result['rounds']} rounds)"
    )
