"""`xasup status`: all parts of the backend, live, a line each."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from xasup.cli.log_lines import second
from xasup.cli.status_advice import advice
from xasup.cli.status_looks import survey
from xasup.cli.status_rows import Row
from xasup.protocol.errors import Unavailable
from xasup.protocol.inert import one_line
from xasup.runtime import claim, listening
from xasup.runtime.output import emit, line_now, moment, paint
from xasup.runtime.parts import DOWN
from xasup.runtime.settings import Settings, load

_REDRAW = "\x1b[H\x1b[J"  # home, and clear what is below
_INTERVAL = 2.0  # seconds
_UNITS = {"_mib": " MiB", "_s": " s"}  # what the name of a figure ends with


class Look(NamedTuple):
    """*at*: seconds since the epoch; *advice*: by part, for those that are not well; *rates*: a second, by part and
    figure, where there was a look before."""

    at: float
    rows: Sequence[Row]
    advice: Mapping[str, str]
    rates: Mapping[str, Mapping[str, float]]

    @property
    def well(self) -> bool:
        return all(row.well for row in self.rows)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the backend.  [env: XASUP_DATA]")
@click.option(
    "--watch",
    type=click.FloatRange(0.1, 3600),
    is_flag=False,
    flag_value=_INTERVAL,
    metavar="[SECONDS]",
    help=f"Look again and again, until Ctrl-C.  [{_INTERVAL:g}, where no number is given]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a look.")
def status(data: Path | None, watch: float | None, as_json: bool) -> None:
    """Show how each part of the running backend is, and what to do where one is not well.

    With --watch, what is counted is also shown per second. On a terminal the page is redrawn, elsewhere each look is a
    line.
    What cannot be known now is left out, as what Mosquitto has dropped while no bridge hears it.
    Exit status 0: all is well; 1: something is not; 2: no backend runs on this folder, or the input is wrong. With
    --watch it runs until it is stopped: 130 after Ctrl-C, 0 where its reader goes.

    \b
    Examples:
      xasup status
      xasup status --watch
      xasup status --watch 10 >> status.log
      xasup status --json | jq -r '.parts[] | select(.ok | not) | .part'
    """
    settings = load(data=data)
    well = asyncio.run(_watch(settings, watch, as_json) if watch else _once(settings, as_json))
    sys.exit(0 if well else 1)


async def _once(settings: Settings, as_json: bool) -> bool:
    look = await _look(settings, None)
    if as_json:
        emit(_fields(look))
    else:
        _print(_page(look))
    return look.well


async def _watch(settings: Settings, seconds: float, as_json: bool) -> bool:
    look = None
    while True:
        look = await _look(settings, look)
        if as_json:
            emit(_fields(look))
            sys.stdout.flush()
        elif sys.stdout.isatty():
            head = f"{_REDRAW}{second(int(look.at * 1000))}, every {seconds:g} s; Ctrl-C ends"
            _print([head, *_page(look)])
        else:
            line_now(_line(look))
        await asyncio.sleep(seconds)


async def _look(given: Settings, before: Look | None) -> Look:
    """Raises Unavailable where no backend runs on the data directory, at the first look."""
    settings = listening.as_running(given)
    rows = await survey(settings)
    supervised = claim.claimed(settings.data)
    if before is None and not supervised and all(row.state == DOWN for row in rows if _ours(row)):
        raise Unavailable(f"no backend runs on {settings.data}; `xasup up` starts one, --data names another folder")
    now = time.time()
    earlier = {row.name: row for row in before.rows} if before else {}
    rates = {row.name: row.rates(earlier[row.name], now - before.at) for row in rows if before and row.name in earlier}
    return Look(now, rows, {row.name: advice(row, settings, supervised) for row in rows}, rates)


def _ours(row: Row) -> bool:
    """Not one that may serve others too, and so may be there without a backend."""
    return row.name in ("projector", "contacts", "bridge", "history")


def _fields(look: Look) -> dict[str, object]:
    parts = [
        row.fields() | {"advice": look.advice[row.name], "rates": _rounded(look.rates.get(row.name, {}))}
        for row in look.rows
    ]
    return {"at": int(look.at * 1000), "ok": look.well, "parts": parts}


def _page(look: Look) -> Iterator[str]:
    yield f"{'PART':<10}  {'STATE':<11}  {'SINCE':<17}  {'PID':<8}  FIGURES"
    for row in look.rows:
        state = paint(f"{row.state:<11}", "red" if not row.well else "green" if row.state == "ok" else "yellow")
        figures = ", ".join(_figures(row, look.rates.get(row.name, {})))
        yield f"{row.name:<10}  {state}  {moment(row.since):<17}  {row.pid or '-':<8}  {figures}".rstrip()
        if row.reason:
            yield f"{'':<12}{one_line(row.reason)}"
        if look.advice[row.name]:
            yield f"{'':<10}→ {one_line(look.advice[row.name])}"


def _line(look: Look) -> str:
    ill = [f"{row.name} {row.state}" for row in look.rows if not row.well]
    rates = [f"{part} {name} {rate:,.1f}/s" for part, of in look.rates.items() for name, rate in of.items()]
    return "  ".join([second(int(look.at * 1000)), ", ".join(ill) or "all well", *rates])


def _figures(row: Row, rates: Mapping[str, float]) -> Iterator[str]:
    for name, value in row.figures.items():
        end = next((end for end in _UNITS if name.endswith(end)), "")
        word, unit = name.removesuffix(end), _UNITS.get(end, "")
        rate = f" ({rates[name]:,.1f}/s)" if name in rates else ""
        yield f"{one_line(word).replace('_', ' ')} {round(value, 3):,}{unit}{rate}"


def _rounded(rates: Mapping[str, float]) -> dict[str, float]:
    return {name: round(rate, 2) for name, rate in rates.items()}


def _print(lines: Iterator[str] | Sequence[str]) -> None:
    line_now("\n".join(lines))
