"""What a command prints: inert, streaming, the same for every reader."""

import io
import json
from contextlib import redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xasup.protocol.inert import one_line
from xasup.runtime import output


def test_a_table_is_written_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    table = output.Table([("name", 6), ("rest", 1)])
    assert capsys.readouterr().out == "NAME    REST\n"
    table.row("bob", 3)
    assert capsys.readouterr().out == "bob     3\n"
    table.row("wider-than-its-column", "x\ny\x1b[2J")
    assert capsys.readouterr().out == "wider-than-its-column  x\\u{a}y\\u{1b}[2J\n"


def test_a_sentence_and_a_note_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("a\nb")
    output.note("c\x07d")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("a\\u{a}b\n", "xasup: c\\u{7}d\n")


@given(st.text())
def test_json_is_whole_and_harmless(text: str) -> None:
    with redirect_stdout(io.StringIO()) as printed:
        output.emit({"name": text})
    line = printed.getvalue().removesuffix("\n")
    assert json.loads(line)["name"] == text
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("ms", "spelled"),
    [(0, "-"), (1_792_000_000_000, "2026-10-14 17:46Z"), (253_402_300_800_000, "253402300800000 ms"), (1 << 62, None)],
)
def test_moments(ms: int, spelled: str | None) -> None:
    assert output.moment(ms) == (spelled or f"{ms} ms")
