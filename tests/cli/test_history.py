"""`xasup history`: what somebody finds, read from the file, whether the service runs or not; inert, in pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import mailboxes
from tests.support.commands import Commands
from tests.support.mailboxes import joins, keep, message, receipt
from xasup.cli import history
from xasup.protocol import envelope
from xasup.protocol import receipts as receipt_format
from xasup.protocol.envelope import Message
from xasup.protocol.ids import MessageId
from xasup.protocol.receipts import Receipt
from xasup.wire.mailboxes import Batch, Letter, SqliteMailboxes

AT = 1_792_000_000_000  # milliseconds


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands("unix:///nowhere", tmp_path)


@pytest.fixture
def boxes(tmp_path: Path) -> SqliteMailboxes:
    """Filled, and still open: the service runs."""
    boxes = mailboxes.sqlite(tmp_path / "history" / "history.sqlite")
    keep(boxes, joins("bob", "hikers", AT), message("alice", "g:hikers", "g1", AT + 1000, text("g1", "up the hill")))
    keep(boxes, message("alice", "bob", "1", AT + 2000, text("1", "hello \x1b[31mred\u202e")))
    keep(boxes, message("sensor", "bob", "given.1", AT + 3000, b"\xff 17.5"))
    keep(boxes, told("bob", "alice", "1", AT + 4000))
    return boxes


def text(id: str, text: str) -> bytes:
    return envelope.encode(Message(MessageId(id), AT, text, 1))


def told(by: str, author: str, id: str, at: int) -> mailboxes.Item:
    def put(batch: Batch) -> None:
        receipt(by, author, read=[id], at=at)(batch)
        letter: Letter = batch.letters[-1]
        batch.letters[-1] = letter._replace(payload=receipt_format.encode(Receipt(read=(MessageId(id),))))

    return put


def test_all_of_it_as_text_that_does_no_harm(commands: Commands, boxes: SqliteMailboxes) -> None:
    assert commands.done("history", "bob").out.splitlines() == [
        "2026-10-14 17:46:41Z  alice -> g:hikers: up the hill",
        "2026-10-14 17:46:42Z  alice -> bob: hello \\u{1b}[31mred\\u{202e}",
        "2026-10-14 17:46:43Z  sensor -> bob: \\xff 17.5",
        "2026-10-14 17:46:44Z  bob -> alice: read 1",
    ]


def test_it_works_while_nothing_runs(commands: Commands, boxes: SqliteMailboxes) -> None:
    boxes.close()
    assert len(commands.done("history", "bob").out.splitlines()) == 4
    assert commands.done("history", "carol").out == ""


def test_only_a_part_of_it(commands: Commands, boxes: SqliteMailboxes) -> None:
    def places(*options: str) -> list[str]:
        return [each["log"] for each in commands.done("history", "bob", "--json", *options).json]

    assert places("--with", "alice") == [f"0/{AT + 2000}", f"0/{AT + 4000}"]
    assert places("--with", "g:hikers") == [f"0/{AT + 1000}"]
    assert places("--since", "2026-10-14T17:46:43") == [f"0/{AT + 3000}", f"0/{AT + 4000}"]
    assert places("--limit", "2") == [f"0/{AT + 1000}", f"0/{AT + 2000}"]
    assert places("--since", "1s") == []


def test_who_saw_it_and_when(commands: Commands, boxes: SqliteMailboxes) -> None:
    found = commands.done("history", "bob", "--states", "--json").json
    assert [[state["state"] for state in each["states"]] for each in found] == [
        ["stored"],
        ["stored", "read"],
        ["stored"],
    ]
    assert found[1]["states"][1] == {"state": "read", "by": "bob", "ts": AT + 4000}
    assert "base64" in found[2]
    lines = commands.done("history", "alice", "--states").out.splitlines()
    assert lines[0].endswith("[stored 2026-10-14 17:46:42Z]  [read 2026-10-14 17:46:44Z]")


def test_many_come_page_by_page(commands: Commands, boxes: SqliteMailboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_PAGE", 7)
    keep(boxes, *(message("carol", "dave", f"{n}", AT + n, b"x") for n in range(50)))
    assert [each["ts"] for each in commands.done("history", "dave", "--json").json] == [AT + n for n in range(50)]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["Bob"], "1 to 32 of"),
        (["bob", "--with", "g:"], "1 to 32 of"),
        (["bob", "--since", "yesterday"], "expected 10m"),
        (["bob", "--limit", "0"], "x>=1"),
        (["bob"], "there is no such file; the history service makes it when it first runs"),
    ],
)
def test_what_cannot_be_is_said(commands: Commands, words: list[str], reason: str) -> None:
    done = commands("history", *words)
    assert (done.status, reason in done.err) == (2, True), done.err
