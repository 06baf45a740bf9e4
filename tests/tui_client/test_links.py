"""Links: which there are in a text, and that nothing opens without a word."""

from __future__ import annotations

import pytest

from tests.tui_client.seat import seat
from tests.tui_client.town import Town
from tui_client.links import links, pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no link", []),
        (
            "see https://example.org/a?b=c#d, and (http://example.org).",
            ["https://example.org/a?b=c#d", "http://example.org"],
        ),
        ("twice https://a.example https://a.example", ["https://a.example"]),
        ("javascript:alert(1) file:///etc/passwd ftp://a.example", []),
        ("https://pаypal.example/", ["https://xn--pypal-4ve.example/"]),
        ("https://paypal.example@evil.example/", []),
        ("https://a.example/日本", ["https://a.example/%E6%97%A5%E6%9C%AC"]),
        ("https://a.example/\x1b]8;;x", ["https://a.example/"]),
        ("https://", []),
        ("https://a.example:99999/", []),
        ("https://[::1", []),
    ],
)
def test_links_of_a_text(text: str, expected: list[str]) -> None:
    assert links(text) == expected


async def test_a_link_is_shown_in_full_and_opened_only_after_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    town, opened = Town.around("alice", "bob"), list[str]()
    alice, bob = town.people["alice"], town.people["bob"]
    await bob.send("alice", "see https://pаypal.example/x and https://b.example")
    async with seat(alice) as screen:
        monkeypatch.setattr(screen.app, "open_url", opened.append)
        await screen.types("/open bob")
        await screen.sees("b.example")
        await screen.presses("escape", "o")
        await screen.sees("Link 1 of 2", "https://xn--pypal-4ve.example/x")
        await screen.presses("escape")
        await screen.sees("Link 2 of 2", "https://b.example")
        assert opened == []
        await screen.presses("enter")
        await screen.misses("Link 2 of 2")
        assert opened == ["https://b.example"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("", [("", "")]),
        ("no link", [("no link", "")]),
        ("see https://a.example/x, now", [("see ", ""), ("https://a.example/x", "https://a.example/x"), (", now", "")]),
        ("https://bücher.example", [("https://bücher.example", "https://xn--bcher-kva.example")]),
        ("https://you@evil.example", [("https://you@evil.example", "")]),
    ],
)
def test_a_row_in_pieces(row: str, expected: list[tuple[str, str]]) -> None:
    assert pieces(row) == expected
    assert "".join(text for text, _ in pieces(row)) == row
