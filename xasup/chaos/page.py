"""The outcome of acts as one page of HTML that needs nothing else: tables, and a time line of each act as SVG.

Everything that was not written here is escaped; there are no scripts. Refuses to know: where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from xasup.chaos.act import Outcome
from xasup.chaos.picture import picture
from xasup.protocol.inert import inert

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 64em; padding: 0 1em;
  color: #1b1f24; background: #fff }
table { border-collapse: collapse; margin: 1em 0 } td, th { padding: .15em 1em .15em 0; text-align: left }
td.number { text-align: right } code { background: #eef0f2; padding: .1em .3em } svg { width: 100%; height: auto }
.bad { color: #a40e26; font-weight: bold } .good { color: #116329 }
"""
_IDS = 20  # of each kind that is wrong


def page(outcomes: Sequence[Outcome], versions: Mapping[str, str]) -> str:
    """From the doctype to the last line."""
    acts = "\n".join(_act(outcome) for outcome in outcomes)
    good = all(outcome.good for outcome in outcomes)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>xasup chaos</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>{_STYLE}</style></head><body>
<h1>xasup chaos</h1>
<p class="{"good" if good else "bad"}">{"Every promise was kept." if good else "A promise was broken."}</p>
{_table(versions)}
{acts}
</body></html>
"""


def _act(outcome: Outcome) -> str:
    order = outcome.order
    head = f"{outcome.act}, log in {order.log}, seed {order.seed}"
    lines = [f"<h2>{_safe(head)}</h2>", picture(outcome), _table({k: f"{v:,g}" for k, v in _whole(outcome.counts)})]
    lines += [f"<p>Not done: {_safe(sentence)}</p>" for sentence in outcome.skipped]
    lines += [_table({kind: str(len(ids)) for kind, ids in outcome.wrong.items()}), *_wrong(outcome)]
    return "\n".join([*lines, f"<p>Again: <code>{_safe(outcome.replay)}</code></p>"])


def _whole(counts: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Figures of a million and more without an exponent."""
    return ((name, int(value) if value >= 100_000 else value) for name, value in counts.items())


def _wrong(outcome: Outcome) -> Iterator[str]:
    for kind, ids in outcome.wrong.items():
        for id in ids[:_IDS]:
            yield f'<p class="bad">{_safe(kind)}: {_safe(id)}</p>'


def _table(rows: Mapping[str, str]) -> str:
    lines = (f'<tr><td>{_safe(name)}</td><td class="number">{_safe(value)}</td></tr>' for name, value in rows.items())
    return f"<table>{''.join(lines)}</table>"


def _safe(text: str) -> str:
    return escape(inert(text))
