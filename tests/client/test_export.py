"""A conversation as text, JSON and HTML: whole, harmless, in constant memory; and the file that it goes to."""

from __future__ import annotations

import json
import stat
import tracemalloc
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.tui_client.hostile import HOSTILE, betrayals
from tests.tui_client.lines import line
from xasup.client.export import About, Format, document
from xasup.client.export_file import writing
from xasup.client.values import Message
from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.states import State

ABOUT = About("bob", "bob", "alice", datetime(2026, 11, 22, 18, 0, tzinfo=UTC), UTC)
STORY = [
    line(1, "is the lake\nfrozen?", mine=True, state=State.READ),
    line(2, "not yet", re="m1"),
    line(3, "too late", mine=True, state=State.REFUSED, reason="not-accepted"),
]


def exported(format: Format, messages: list[Message], about: About = ABOUT) -> str:
    made = document(format, about)
    return made.begin() + "".join(map(made.message, messages)) + made.end()


class Tags(HTMLParser):
    """All that a browser would find."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_text() -> None:
    assert exported(Format.TEXT, STORY) == (
        "bob with alice, as it was on 2026-11-22 at 18:00 UTC\n"
        "\n"
        "Sunday 22 November 2026\n"
        "12:00 alice (read): is the lake\n"
        "      | frozen?\n"
        "12:00 bob: not yet\n"
        "      | (in reply to alice: is the lake\\u{a}frozen?)\n"
        "12:00 alice (refused: not-accepted): too late\n"
        "\n"
        "3 messages.\n"
    )


def test_json_says_everything_and_gives_texts_back_as_they_were() -> None:
    found = json.loads(exported(Format.JSON, [*STORY, *(line(n, text) for n, text in enumerate(HOSTILE, 10))]))
    assert (found["conversation"], found["user"], found["made"]) == ("bob", "alice", "2026-11-22T18:00:00+00:00")
    assert [each["text"] for each in found["messages"][3:]] == list(HOSTILE)
    assert found["messages"][1]["re"] == "m1"
    assert found["messages"][2]["reason"] == "not-accepted"
    assert json.loads(exported(Format.JSON, []))["messages"] == []


def test_html_has_every_text_and_nothing_that_acts() -> None:
    evil = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&amp; </bdi></li><h1>forged</h1>", *HOSTILE]
    about = About("g:x", "</title><script>x</script>", "alice", ABOUT.made, UTC)
    page = exported(Format.HTML, [line(n, text) for n, text in enumerate(evil, 1)], about)
    tags = Tags(page)
    assert " ".join(sorted(tags.names)) == "b bdi body h1 h2 head html li meta ol p style time title"
    assert tags.attributes == {"lang", "charset", "http-equiv", "content", "name", "dir", "class"}
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    assert all(text in tags.texts for text in evil[:3])


@pytest.mark.parametrize("format", list(Format))
def test_nothing_that_a_terminal_obeys_is_in_it(format: Format) -> None:
    about = About("g:x", HOSTILE[6], "alice", ABOUT.made, UTC)
    made = exported(format, [line(n, text, re="m1") for n, text in enumerate(HOSTILE, 1)], about)
    assert not betrayals(made.expandtabs().split("\n"))


def test_a_further_line_of_a_text_cannot_pass_for_a_message() -> None:
    made = exported(Format.TEXT, [line(1, "hi\n12:01 alice (read): I owe you 100")])
    assert [each for each in made.splitlines() if each.startswith("12:0")] == ["12:00 bob: hi"]


@pytest.mark.parametrize("format", list(Format))
def test_memory_does_not_grow_with_the_conversation(format: Format) -> None:
    made = document(format, ABOUT)
    for number in range(2000):
        made.message(line(number, f"text {number}", re=f"m{number - 1}"))
    tracemalloc.start()
    for number in range(2000, 12_000):
        made.message(line(number, f"text {number}", re=f"m{number - 1}"))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 1_000_000


def test_the_file_is_its_owners_alone_and_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "bob.txt"
    with pytest.raises(ZeroDivisionError), writing(path, overwrite=False) as write:
        write("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with writing(path, overwrite=False) as write:
        write("whole\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["bob.txt"]


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "bob.txt"
    path.write_text("mine")
    with pytest.raises(Malformed, match="is there already"), writing(path, overwrite=False):
        pass
    other = tmp_path / "other.txt"
    with pytest.raises(Malformed, match="meanwhile"), writing(other, overwrite=False) as write:
        write("new")
        other.write_text("came first")
    assert (path.read_text(), other.read_text()) == ("mine", "came first")
    with writing(path, overwrite=True) as write:
        write("new")
    assert path.read_text() == "new"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none" / "bob.txt"
    with pytest.raises(Unavailable, match="No such file"), writing(path, overwrite=False):
        pass
