"""The time line of an act as SVG: how much was sent, stored and shown in each second; above it the faults and how long
each took to heal. Refuses to know: the page around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from xasup.chaos.act import Mark, Outcome
from xasup.protocol.inert import one_line

_WIDTH, _HEIGHT, _LEFT, _FAULTS, _BELOW = 1000, 300, 50, 90, 30
_COLOURS = {"sent": "#8c959f", "stored": "#0969da", "shown": "#1a7f37"}
_DASHES = {"sent": "2 2", "stored": "", "shown": "7 3"}  # nothing is told by colour alone
_LANES = 8  # in which faults stand, so that neighbours do not cover each other


def picture(outcome: Outcome) -> str:
    """An `<svg>`; nothing for an act without a time line."""
    if not outcome.marks and not any(outcome.rates.values()):
        return ""
    seconds = max([1.0, *(_end(mark) for mark in outcome.marks), *(len(it) for it in outcome.rates.values())])
    most = max((rate for rates in outcome.rates.values() for rate in rates), default=0) or 1
    inside = "".join(
        [
            *_axes(seconds, most),
            *(_fault(mark, number, seconds) for number, mark in enumerate(outcome.marks)),
            *(_line(name, rates, seconds, most) for name, rates in outcome.rates.items()),
            *_legend(outcome.rates),
        ]
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + _BELOW}" role="img" font-size="11" font-family="sans-serif">'
        f"<title>{len(outcome.marks)} faults in {seconds:.0f} seconds, and what happened in each second</title>"
        f"{inside}</svg>"
    )


def _end(mark: Mark) -> float:
    return max(mark.ended, mark.begun + (mark.recovered or 0.0))


def _x(second: float, seconds: float) -> float:
    return _LEFT + second / seconds * (_WIDTH - _LEFT - 10)


def _y(rate: float, most: int) -> float:
    return _HEIGHT - rate / most * (_HEIGHT - _FAULTS)


def _axes(seconds: float, most: int) -> Iterator[str]:
    yield f'<path d="M{_LEFT} {_FAULTS}V{_HEIGHT}H{_WIDTH - 10}" fill="none" stroke="#57606a"/>'
    yield f'<text x="{_LEFT - 5}" y="{_FAULTS + 8}" text-anchor="end">{most}/s</text>'
    yield f'<text x="{_LEFT - 5}" y="{_HEIGHT}" text-anchor="end">0</text>'
    for tenth in range(0, 11, 2):
        second = seconds * tenth / 10
        yield f'<text x="{_x(second, seconds):.1f}" y="{_HEIGHT + 14}" text-anchor="middle">{second:.0f} s</text>'


def _fault(mark: Mark, number: int, seconds: float) -> str:
    """A bar for as long as it lasted and took to heal."""
    at, end = _x(mark.begun, seconds), _x(_end(mark), seconds)
    top = 4 + number % _LANES * (_FAULTS - 10) / _LANES
    healed = "" if mark.recovered is None else f", well after {mark.recovered:.2f} s"
    name = escape(one_line(f"{mark.begun:.1f} s: {mark.what}{healed}"))
    return (
        f'<rect x="{at:.1f}" y="{top:.1f}" width="{max(end - at, 1.5):.1f}" height="7" fill="#cf222e" opacity=".75">'
        f"<title>{name}</title></rect>"
    )


def _line(name: str, rates: Sequence[int], seconds: float, most: int) -> str:
    points = " ".join(f"{_x(second, seconds):.1f},{_y(rate, most):.1f}" for second, rate in enumerate(rates))
    look = f'stroke="{_COLOURS.get(name, "#57606a")}" stroke-dasharray="{_DASHES.get(name, "")}"'
    return f'<polyline points="{points}" fill="none" {look}/>'


def _legend(names: Iterable[str]) -> Iterator[str]:
    for number, name in enumerate(["faults", *names]):
        x = _LEFT + number * 120
        colour, dash = _COLOURS.get(name, "#cf222e" if name == "faults" else "#57606a"), _DASHES.get(name, "")
        line = f'<path d="M{x} {_HEIGHT + 24}h24" stroke="{colour}" stroke-dasharray="{dash}" stroke-width="2"/>'
        yield f'{line}<text x="{x + 30}" y="{_HEIGHT + 28}">{escape(one_line(name))}</text>'
