"""The exam of the index of words: it follows every change of the lines, and finds what was asked for."""

from __future__ import annotations

import pytest

from tests.wire.test_store import compose, found, receive, store
from xasup.protocol.states import State
from xasup.wire.store import Arrival, DeviceStore, Draft, News, Task
from xasup.wire.store.words import LONGEST, place, words

__all__ = ["store"]


def say(store: DeviceStore, *texts: str, to: str = "bob") -> None:
    """Messages of mine, each named by its text."""
    with store.transaction():
        store.outbox.compose("alice", [Draft(to, text, 1, text) for text in texts])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World! hello", ["hello", "world"]),
        ("Crème BRÛLÉE straße", ["creme", "brulee", "strasse"]),
        ("don't a_b 3.14", ["don", "t", "a", "b", "3", "14"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ('\ue000bob NEAR("x")*', ["bob", "near", "x"]),
        ("\x1b[31mred\0 \ud800", ["31mred"]),
        ("x" * 999, ["x" * LONGEST]),
        ("ﬁne ℡ Ⅷ", ["fine", "tel", "viii"]),
        (" \n ", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_conversation_is_a_word_that_no_text_has() -> None:
    names = ["bob", "g:bob", "g:a-b", "g:a_b", "a-b"]
    assert len({place(name) for name in names}) == len(names)
    assert [words(place(name)) for name in names] != [[place(name)] for name in names]


def test_all_words_and_the_last_one_perhaps_only_begun(store: DeviceStore) -> None:
    say(store, "the quick brown fox", "the slow fox", "the quickest fox", "brownie")
    assert found(store, "fox the") == ["the quickest fox", "the slow fox", "the quick brown fox"]
    assert found(store, "THE qui") == ["the quickest fox", "the quick brown fox"]
    assert found(store, "the quicke") == ["the quickest fox"]
    assert found(store, "quick fox") == ["the quick brown fox"]
    assert found(store, "brown") == ["brownie", "the quick brown fox"]
    assert found(store, "browser") == found(store, "zebra fox") == found(store, "   ") == found(store, "") == []


@pytest.mark.parametrize(
    "text", ['"', "fox OR", "NOT fox", "fox*", "words:fox", "(fox", "fox AND", "^fox", "-fox", "\0fox"]
)
def test_what_is_asked_for_is_never_a_command(store: DeviceStore, text: str) -> None:
    say(store, "fox", "or and not words")
    assert found(store, text) in (["fox"], [])


def test_in_one_conversation_and_by_pages(store: DeviceStore) -> None:
    say(store, "fox one", "fox two", to="g:a-b")
    say(store, "fox three", to="a-b")
    say(store, "fox four", to="g:a_b")
    assert found(store, "fox", "g:a-b") == ["fox two", "fox one"]
    assert found(store, "fox", "g:a-b", before=2) == ["fox one"]
    assert found(store, "fo", before=4) == ["fox three", "fox two", "fox one"]
    assert [line.id for line in store.search.find("fox", None, None, 2)] == ["fox four", "fox three"]


def test_a_beginning_that_very_many_words_have(store: DeviceStore) -> None:
    say(store, *(f"item{n}" for n in range(300)))
    assert found(store, "item29") == [f"item{n}" for n in (299, 298, 297, 296, 295, 294, 293, 292, 291)]
    assert found(store, "item") == [f"item{n}" for n in range(299, 290, -1)]


def test_what_came_is_found_whatever_it_is(store: DeviceStore) -> None:
    payloads = [b"21.5 degrees", b'{"id":"x","ts":1,"text":"degrees fahrenheit"}', b'{"degrees":5}', b"\xff degrees"]
    with store.transaction():
        store.inbox.add(
            [Arrival("bob", "bob", str(n), it, 5, State.DELIVERED, Task.UNREAD) for n, it in enumerate(payloads)]
        )
    assert found(store, "degrees") == ["3", "2", "1", "0"]


def test_what_is_held_back_is_found_when_it_is_let_go(store: DeviceStore) -> None:
    held = receive(store, "bob", "reply", task=Task.HELD)
    receive(store, "bob", "original")
    assert found(store, "reply") == []
    with store.transaction():
        [placed] = store.inbox.release("alice", held)
    assert [(line.id, line.seq) for line in store.search.find("reply", "bob", None, 9)] == [("reply", placed.seq)]


def test_what_goes_is_not_found(store: DeviceStore) -> None:
    compose(store, "bob", "a", "b")
    with store.transaction():
        store.outbox.discard("alice", "b")
    assert found(store, "text") == ["a"]
    compose(store, "bob", "c")  # in the place of the one that went
    assert found(store, "text") == ["c", "a"]
    assert found(store, "b") == []


def test_what_is_rewritten_is_found_by_its_new_words(store: DeviceStore) -> None:
    [line] = compose(store, "bob", "a")
    with store.transaction():
        new = store.outbox.rewrite("alice", "a", "a2", "other words")
    assert new is not None
    assert (new.seq, new.state) == (line.seq, State.SENDING)
    assert found(store, "text") == []
    assert found(store, "other") == ["a2"]


def test_only_what_nobody_has_is_rewritten(store: DeviceStore) -> None:
    compose(store, "bob", "a", "b", "c")
    receive(store, "bob", "d")
    with store.transaction():
        refused = [News("b", State.REFUSED, "no"), News("c", State.REFUSED, "no", unseen=True)]
        store.outbox.advance("alice", [News("a", State.SENT), *refused])
        assert [store.outbox.unseen("alice", id) for id in "abcdx"] == [False, False, True, False, False]
        rewritten = [store.outbox.rewrite("alice", id, f"{id}2", "x") for id in "abcdx"]
    assert [line.id if line else None for line in rewritten] == [None, None, "c2", None, None]


def test_the_same_once_more_is_not_indexed_again(store: DeviceStore) -> None:
    receive(store, "bob", "a")
    receive(store, "bob", "a", "b")
    assert found(store, "a") == ["a"]
    [thread] = store.history.threads()
    assert (thread.last.id, thread.unread) == ("b", 2)


def test_a_transaction_that_fails_leaves_no_words(store: DeviceStore) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.outbox.compose("alice", [Draft("bob", "a", 1, "fox")])
        raise ZeroDivisionError
    say(store, "hen")
    assert found(store, "fox") == []
    assert found(store, "hen") == ["hen"]
