"""The outcome of acts as JSON, and a folder with that and a page. Refuses to know: how the page looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xasup.chaos.act import Outcome
from xasup.chaos.page import page
from xasup.protocol import codec

_IDS = 20  # of each kind that is wrong


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Of an act: what it was, counts, what is wrong, its time line, and the command that plays it again."""
    order = outcome.order
    return {
        "act": outcome.act,
        "log": order.log,
        "seed": order.seed,
        "short": order.short,
        "users": order.users,
        "rate": order.rate,
        "ok": outcome.good,
        "counts": dict(outcome.counts),
        "wrong": {kind: len(ids) for kind, ids in outcome.wrong.items()},
        "ids": {kind: list(ids[:_IDS]) for kind, ids in outcome.wrong.items() if ids},
        "skipped": list(outcome.skipped),
        "faults": [mark._asdict() for mark in outcome.marks],
        "per second": dict(outcome.rates),
        "again": outcome.replay,
    }


def write(folder: Path, outcomes: Sequence[Outcome], versions: Mapping[str, str]) -> None:
    """`report.json` and `report.html` into *folder*, which is made; what was there is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {"versions": dict(versions), "acts": [as_json(outcome) for outcome in outcomes]}
    _replace(folder / "report.json", codec.encode(told) + b"\n")
    _replace(folder / "report.html", page(outcomes, versions).encode())


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(data)
    draft.replace(path)
