"""My devices and a code for a new one, as lines for a width. Pure. Refuses to know the engine and keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tui_client import qr
from tui_client.spans import Line, Role, Span, fit, foreign_line, wrap
from xasup.client.values import Device, LinkCode

CODE_LASTS = 60.0  # seconds; counted here from its arrival, since this machine's clock may be off
_STEPS = ((60, "min"), (3600, "h"), (86_400, "days"))
_WEEK = 7 * 86_400


def device_lines(devices: Sequence[Device], now: float, cells: int) -> list[Line]:
    """Two lines for each. *now*: seconds since the epoch."""
    return [line for device in devices for line in _device(device, now, cells)]


def seen(at: int, now: float) -> str:
    """When a device was last there. *at*: milliseconds, 0 for never; *now*: seconds."""
    if not at:
        return "never seen"
    ago = now - at / 1000
    if ago < 60:
        return "seen just now"
    if ago >= _WEEK:
        return f"seen on {_day(at / 1000)}"
    size, unit = max((step for step in _STEPS if ago >= step[0]), default=_STEPS[0])
    count = int(ago // size)
    return f"seen {count} {'day' if (count, unit) == (1, 'days') else unit} ago"


def expiry(at: int, now: float) -> str:
    """Until when its token is good. *at*, *now*: seconds; 0 for always."""
    if not at:
        return "does not expire"
    return f"expires on {_day(at)}" if at > now else f"expired on {_day(at)}"


def code_lines(code: LinkCode, left: float, cells: int, rows: int, drawable: bool) -> list[Line]:
    """*left*: seconds that it is still good for. Drawn where colours are (*drawable*) and where there is room."""
    text = [Line((Span(row),)) for row in wrap(code.text, cells)]
    count = Line((Span(f"{max(0, round(left))} s left. It is good for one device, once.", Role.ATTENTION),))
    picture = _picture(code.text, cells, rows - len(text) - 1) if drawable else []
    if picture:
        return [*(_centred(row, cells) for row in picture), *text, count]
    why = "The window is too small for a picture. " if drawable else ""
    how = f"{why}On the new device, give this to `xasup chat`:"
    return [*(Line((Span(row),)) for row in wrap(how, cells)), Line(), *text, Line(), count]


def revoking(device: Device) -> str:
    """The question before a device is revoked, with what follows."""
    if not device.this:
        return f"Revoke {device.device}? It is cut off at once, and its token is worth nothing from then on."
    return (
        "Revoke this device, the one you sit at? It is cut off at once: what is in its outbox is never sent, and you "
        "need a new connect string to come back. Your other devices go on."
    )


def spoken(device: Device, now: float) -> str:
    """The same in one line; a label is not yet harmless."""
    label = f", called {device.label}" if device.label else ""
    if device.code:
        return f"{device.device}{label}: a link code that waits"
    return (
        f"{device.device}{label}{', this one' if device.this else ''}: "
        f"{seen(device.seen, now)}, {expiry(device.expires, now)}"
    )


def _device(device: Device, now: float, cells: int) -> list[Line]:
    name = f"{device.device}  {foreign_line(device.label)}" if device.label else device.device
    here = Span("  this one" if device.this else "", Role.GOOD)
    how = "  a link code that waits" if device.code else f"  {seen(device.seen, now)} · {expiry(device.expires, now)}"
    first = (Span(fit(name, min(len(name), cells - 12)), Role.OTHER), here)
    return [Line(first, device.device), Line((Span(fit(how, cells - 2), Role.DIM),), device.device)]


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _picture(text: str, cells: int, rows: int) -> list[str]:
    """With as much light around as there is room for; nothing where there is none at all."""
    for quiet in (qr.QUIET, qr.NARROW):
        picture = qr.drawn(qr.modules(text, quiet))
        if len(picture[0]) <= cells and len(picture) <= rows:
            return picture
    return []


def _centred(row: str, cells: int) -> Line:
    return Line((Span(" " * ((cells - len(row)) // 2)), Span(row, Role.PAPER)))
