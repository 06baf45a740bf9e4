"""docs/protocol/log.md says what the table of routes says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bridge import decisions
from bridge.dead_letters import CLASSES
from bridge.habits import WINDOW
from bridge.pressure import MAX_BYTES, MAX_RECORDS
from tests.support.tables import between, markdown
from xasup.protocol.changes import Change
from xasup.protocol.streams import ROUTES, Header, Route, Stream, Type
from xasup.wire.log.port import SHARES

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "log.md"


def table(routes: list[Route]) -> str:
    rows = [[f"`{it.filter}`", f"`{it.stream}`", f"`{it.type}`", it.key] for it in routes]
    return markdown(["topics", "stream", "type", "key"], rows)


def test_the_table_of_routes_is_that_of_the_code() -> None:
    assert between(PAGE, "routes") == table(list(ROUTES.values()))


def test_a_missing_route_would_be_noticed() -> None:
    assert between(PAGE, "routes") != table(list(ROUTES.values())[1:])


@pytest.mark.parametrize(("name", "words"), [("headers", list(Header)), ("dead letters", CLASSES)])
def test_all_words_are_explained(name: str, words: list[str]) -> None:
    assert re.findall(r"^\| `([\w-]+)` \|", between(PAGE, name), re.MULTILINE) == [str(word) for word in words]


def test_streams_and_types_and_bounds_are_named() -> None:
    page = PAGE.read_text()
    for word in (*Stream, *Type):
        assert f"`{word}`" in page
    assert f"the newest {WINDOW:,} messages" in page
    assert f"({MAX_RECORDS:,} messages, {MAX_BYTES >> 20} MiB)" in page


def test_the_shares_of_the_memory_are_named() -> None:
    page = PAGE.read_text()
    letters, decided = page.split("## Decisions")
    words = {1 / 4: "may take a quarter of what the log may take", 1 / 8: "may take an eighth of what the log may take"}
    assert words[SHARES[Stream.DEAD_LETTERS]] in letters
    assert words[SHARES[Stream.CONTACTS]] in decided
    assert set(SHARES) == {Stream.DEAD_LETTERS, Stream.CONTACTS}


def test_the_decision_of_the_page_is_what_the_bridge_appends() -> None:
    (example,) = re.findall(r"<!-- decision -->\n```json\n(.*?)\n```", PAGE.read_text(), re.DOTALL)
    fields = json.loads(example)
    change = Change(fields["what"], fields["by"], fields["ts"], tuple(fields["subject"]))
    record = decisions.record("7-1", change, "local", 0)
    assert (json.loads(record.value), record.key) == (fields, b"bob")
