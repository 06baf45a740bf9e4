"""What the screen relies on in what an engine keeps: search, days, drafts, decisions, preferences, changed messages.
The stand-in and the real engine sit it (see test_engine_port.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tui_client.ear import Ear
from tests.tui_client.test_engine_port import Opened, befriend, pair
from xasup.client import ConversationChanged, Message, MessageReplaced, StateChanged, Traits
from xasup.protocol.errors import Malformed
from xasup.protocol.states import State

__all__ = ["pair"]


async def say(one: Ear, other: Ear, *texts: str) -> list[Message]:
    """As they arrived."""
    for text in texts:
        await one.engine.send(other.engine.user, text)
    return [(await other.gets(text)).message for text in texts]


async def traits(one: Ear, key: str) -> Traits | None:
    """As its list has it; None where it is not there."""
    return next((it.traits for it in await one.engine.conversations() if it.key == key), None)


async def changed(one: Ear, key: str) -> Traits | None:
    """After it was told."""
    await one.hears(ConversationChanged, lambda event: event.key == key)
    return await traits(one, key)


async def test_search_as_one_types(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        await say(alice, bob, "the quick fox", "a slow hen", "The Quicker Hare")
        for one, key in ((alice, bob.engine.user), (bob, alice.engine.user)):
            for text, expected in {
                "qui": ["The Quicker Hare", "the quick fox"],
                "the ha": ["The Quicker Hare"],
                "hen the": [],
                " ": [],
            }.items():
                assert [line.text for line in await one.engine.search(text)] == expected
            newest, oldest = await one.engine.search("the", key)
            assert [line.text for line in await one.engine.search("the", key, before=newest.seq)] == [oldest.text]
            assert [line.text for line in await one.engine.search("the", limit=1)] == [newest.text]
            assert await one.engine.search("the", "nobody") == []


async def test_pages_go_on_by_seq_and_days_are_found(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        first, second, third = await say(alice, bob, *"abc")
        key = alice.engine.user
        assert [line.text for line in await bob.engine.messages_after(key, first.seq, 1)] == ["b"]
        assert [line.text for line in await bob.engine.messages_after(key, first.seq)] == ["b", "c"]
        assert await bob.engine.messages_after(key, third.seq) == []
        assert await bob.engine.day(key, first.ts) == first.seq
        assert await bob.engine.day(key, third.ts + 1) is None
        assert second.seq > first.seq


async def test_drafts_and_decisions(pair: Opened) -> None:
    async with pair as (alice, _):
        engine, key = alice.engine, "somebody"
        await engine.keep_draft(key, "dear")
        assert await changed(alice, key) == Traits(draft="dear")
        await engine.pin(key, True)
        await engine.mute(key, True)
        await engine.archive(key, True)
        await engine.stopped(key, 7)
        for _ in range(4):
            found = await changed(alice, key)
        assert found == Traits(pinned=True, muted=True, archived=True, draft="dear", stop=7)
        [conversation] = await engine.conversations()
        assert (conversation.last, conversation.unread, conversation.first_unread) == (None, 0, None)
        await engine.keep_draft(key, "")
        await engine.pin(key, False)
        await engine.mute(key, False)
        await engine.archive(key, False)
        await engine.stopped(key, 0)
        for _ in range(5):
            await changed(alice, key)
        assert await engine.conversations() == []


async def test_marked_unread_until_it_is_shown(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        [line] = await say(alice, bob, "hi")
        key = alice.engine.user
        for look in (bob.engine.stopped(key, line.seq), bob.engine.shown(key, [line.id])):
            await bob.engine.mark_unread(key, True)
            assert (await changed(bob, key) or Traits()).marked
            await look
            assert not (await changed(bob, key) or Traits()).marked


async def test_the_first_unread_line(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        first, second = await say(alice, bob, "one", "two")
        for unread, expected in ((2, first.seq), (1, second.seq), (0, None)):
            [conversation] = await bob.engine.conversations()
            assert (conversation.unread, conversation.first_unread) == (unread, expected)
            await bob.engine.shown(alice.engine.user, [first.id if unread == 2 else second.id])


async def test_back_from_the_archive_unless_muted(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        key = alice.engine.user
        await bob.engine.archive(key, True)
        await changed(bob, key)
        await bob.engine.send(alice.engine.user, "I write, it stays")
        assert await traits(bob, key) == Traits(archived=True)
        await say(alice, bob, "hello?")
        assert await changed(bob, key) == Traits()
        await bob.engine.archive(key, True)
        await bob.engine.mute(key, True)
        await say(alice, bob, "hello again?")
        assert await traits(bob, key) == Traits(archived=True, muted=True)


async def test_read_and_nobody_learns_it(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        usual = await bob.engine.preferences()
        assert usual.read_receipts
        await bob.engine.prefer(replace(usual, read_receipts=False, theme="night"))
        assert (await bob.engine.preferences()).theme == "night"
        key = alice.engine.user
        [silent] = await say(alice, bob, "read in silence")
        await bob.engine.shown(key, [silent.id])
        await bob.sees(silent.id, State.READ)
        assert [it.unread for it in await bob.engine.conversations()] == [0]
        await bob.engine.prefer(usual)
        [loud] = await say(alice, bob, "read aloud")
        await bob.engine.shown(key, [silent.id, loud.id])
        await alice.sees(loud.id, State.READ)
        states = [line.state for line in await alice.engine.messages(bob.engine.user)]
        assert states == [State.DELIVERED, State.READ]


async def test_a_refused_message_gets_another_text(pair: Opened) -> None:
    async with pair as (alice, bob):
        id = await alice.engine.send(bob.engine.user, "helo")
        later = await alice.engine.send(bob.engine.user, "second")
        await alice.sees(id, State.REFUSED)
        await alice.sees(later, State.REFUSED)
        await befriend(alice, bob)
        new = await alice.engine.edit(id, "hello")
        told = await alice.hears(MessageReplaced, lambda event: event.id == id)
        assert (told.message.id, told.message.text) == (new, "hello")
        assert new != id
        await bob.gets("hello")
        await alice.hears(StateChanged, lambda event: event.id == new and event.state is State.DELIVERED)
        assert [line.text for line in await alice.engine.messages(bob.engine.user)] == ["hello", "second"]
        assert [line.text for line in await bob.engine.messages(alice.engine.user)] == ["hello"]
        for gone in (id, new):
            with pytest.raises(Malformed):
                await alice.engine.edit(gone, "hello!")
        assert await alice.engine.search("helo") == []


async def test_how_far_a_message_came(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        [line] = await say(alice, bob, "hi")
        await alice.sees(line.id, State.DELIVERED)
        await bob.engine.shown(alice.engine.user, [line.id])
        await alice.sees(line.id, State.READ)
        steps = await alice.engine.states(bob.engine.user, line.id)
        assert (steps[0].state, steps[0].at) == (State.SENDING, line.ts)
        assert (steps[-1].state, steps[-1].by) == (State.READ, bob.engine.user)
        assert (await bob.engine.states(alice.engine.user, line.id))[0].state is State.SENDING
        with pytest.raises(Malformed):
            await alice.engine.states(bob.engine.user, "no-such-message")
