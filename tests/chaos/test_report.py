"""The report of a run: JSON for scripts, and a page that a browser opens without anything else."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

from xasup.chaos.act import Mark, Order, Outcome
from xasup.chaos.page import page
from xasup.chaos.picture import picture
from xasup.chaos.report import write
from xasup.protocol import codec

EVIL = '<script>alert("1")</script>\x1b[31m'
OUTCOME = Outcome(
    "T1",
    Order(seed=7),
    {"stored": 123_456, "p95 s": 1.25},
    {"lost": [EVIL], "shown twice": []},
    [Mark("kill: bridge", 1.0, 3.5, 2.5), Mark(EVIL, 4, 5)],
    {"sent": [3, 0, 5], "stored": [1, 2, 3]},
    ["no link was taken down: nobody may"],
)


class Tags(HTMLParser):
    """What is in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


def test_both_files_tell_the_counts_what_is_wrong_and_the_way_back(tmp_path: Path) -> None:
    write(tmp_path / "new", [OUTCOME], {"Redis": "7.0.15"})
    told = codec.decode((tmp_path / "new" / "report.json").read_bytes())
    (act,) = told["acts"]
    assert told["versions"] == {"Redis": "7.0.15"}
    assert (act["ok"], act["counts"]["stored"], act["wrong"]) == (False, 123_456, {"lost": 1, "shown twice": 0})
    assert act["again"] == "xasup chaos --log redis --act T1 --seed 7 --users 20 --rate 300"
    html = (tmp_path / "new" / "report.html").read_text()
    assert all(text in html for text in ("7.0.15", "123,456", act["again"], "nobody may", "A promise was broken."))


def test_what_is_foreign_stays_text() -> None:
    html = page([OUTCOME], {EVIL: EVIL})
    tags = Tags()
    tags.feed(html)
    assert "script" not in tags.tags and "svg" in tags.tags
    assert "\x1b" not in html and "&lt;script&gt;" in html


def test_the_picture_has_each_fault_and_each_rate() -> None:
    drawn = ElementTree.fromstring(picture(OUTCOME))  # noqa: S314 - ours
    assert len(drawn.findall("rect")) == 2 and len(drawn.findall("polyline")) == 2
    titles = [title.text or "" for title in drawn.iter("title")]
    assert any("kill: bridge, well after 2.50 s" in title for title in titles)
    assert picture(Outcome("T4", Order(), {}, {})) == ""
