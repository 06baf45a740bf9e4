"""The screen on the real engine and a real backend: consent, messages with their ticks, refusal, a broker that goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from contacts.operations import devices
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from tests.support.backend import Account, Backend
from tests.support.process import now_ms
from tests.tui_client.hostile import HOSTILE, betrayals
from tests.tui_client.seat import Seat, seat
from tests.tui_client.test_engine_port import connect_string
from tui_client.engine import Engine
from xasup.client import Client


@asynccontextmanager
async def seats(folder: Path, *accounts: Account) -> AsyncIterator[list[Seat]]:
    """Each account at a screen of its own."""
    async with AsyncExitStack() as stack:
        found = []
        for account in accounts:
            client = await stack.enter_async_context(Client(connect_string(account), folder / f"{account.user}.sqlite"))
            found.append(await stack.enter_async_context(seat(client)))
        yield found


async def befriend(hers: Seat, his: Seat) -> None:
    """By their screens; both end in the open conversation."""
    me, other = hers.screen.view.me, his.screen.view.me
    await hers.types(f"/ask {other} from the kite club")
    await hers.sees(f"… {other}  has not answered yet")
    await his.sees(f"? {me}", "from the kite club")
    await his.presses("ctrl+n")
    await his.sees("F3 accept")
    await his.presses("f3")
    await hers.sees(f"● {other}  online")
    await his.sees(f"● {me}  online")


async def test_the_whole_story(backend: Backend, tmp_path: Path) -> None:
    alice, bob = await backend.users("alice", "bob")
    async with seats(tmp_path, alice, bob) as (hers, his):
        await befriend(hers, his)
        await hers.types("is the lake frozen?")
        await his.sees("is the lake frozen?")
        await hers.sees("is the lake frozen?  ✓✓ read")
        await his.looks_away()
        await hers.types("日本 👍🏽 hello?")
        await hers.sees("hello?  ✓✓\n")
        await his.looks_back()
        await hers.sees("hello?  ✓✓ read")
        await his.types(f"/revoke {alice.user}")
        await hers.sees(f"{bob.user}  does not accept you now")
        await hers.types("still there?")
        await hers.sees("your text", "Enter yes · Esc no")
        await hers.presses("escape")


async def test_a_message_sent_before_the_news_of_a_revocation_is_refused_with_a_reason(
    backend: Backend, tmp_path: Path
) -> None:
    alice, bob = await backend.users("alice", "bob")
    async with seats(tmp_path, alice, bob) as (hers, his):
        await befriend(hers, his)
        await his.types(f"/revoke {alice.user}")
        await his.sees("ended with")
        await hers.engine.send(bob.user, "too late")
        await hers.sees("✗ not sent: they do not accept you", "F7 retry · F8 discard")
        await hers.presses("f8")
        await hers.misses("too late")


async def test_hostile_texts_come_through_and_stay_texts(backend: Backend, tmp_path: Path) -> None:
    alice, bob = await backend.users("alice", "bob")
    async with seats(tmp_path, alice, bob) as (hers, his):
        await befriend(hers, his)
        await _send_all(hers.engine, bob.user, [*HOSTILE, "the end"])
        await his.sees("the end")
        assert not betrayals(his.rows())


async def test_without_a_broker_the_screen_opens_and_the_outbox_waits(own_backend: Backend, tmp_path: Path) -> None:
    alice, bob = await own_backend.users("alice", "bob")
    async with seats(tmp_path, alice, bob) as (hers, his):
        await befriend(hers, his)
    own_backend.mosquitto.stop()
    async with seats(tmp_path, alice) as [hers]:
        await hers.sees("◌ reconnecting in")
        await hers.types(f"/open {bob.user}")
        await hers.sees("accepted; not known whether online")
        await hers.types("kept for later")
        await hers.sees("kept for later  …")
        await hers.types("/ask carol")
        await hers.sees("asking carol …")
        own_backend.mosquitto.start()
        await hers.sees("● online", "✗ there is no user carol")  # the question was kept as well
        await hers.types(f"/open {bob.user}")
        await hers.sees("kept for later  ✓")


async def test_a_device_that_is_revoked_in_mid_conversation_is_told_why(backend: Backend, tmp_path: Path) -> None:
    alice = await backend.user("alice")
    async with seats(tmp_path, alice) as [hers]:
        await hers.sees("● online")
        async with backend.truth() as truth:
            await perform(truth, devices.revoke(alice.client, by=ADMIN, now=now_ms()))
        await hers.sees("✗ refused")


async def _send_all(engine: Engine, to: str, texts: list[str]) -> None:
    for text in texts:
        await engine.send(to, text)


async def test_a_request_is_answered_and_taken_back_and_words_are_found(backend: Backend, tmp_path: Path) -> None:
    alice, bob = await backend.users("alice", "bob")
    async with seats(tmp_path, alice, bob) as (hers, his):
        await hers.types(f"/ask {bob.user} from the kite club")
        await his.sees("1 asking")
        await his.presses("ctrl+r")
        await his.sees(
            "Requests: 1 for you to answer", f"▸ ? {alice.user}", "from the kite club", "a accept: they learn"
        )
        await his.presses("a")
        await his.sees("Requests: none for you to answer")
        await his.presses("escape")
        await hers.sees(f"● {bob.user}  online")
        for number in range(40):
            await hers.types("is the lake frozen?" if number == 3 else f"line {number:02}")
        await hers.sees("line 39  ✓")
        await hers.types("/search lake fro")
        await hers.sees("1 found", "is the lake frozen?")
        await hers.presses("enter")
        await hers.sees("is the lake frozen?", "i info")
        await hers.presses("i")
        await hers.sees("Written by you", "How far it came:", "sending")
        await hers.presses("escape", "escape", "alt+left")
        await hers.sees("› line 39")
        await his.types("/undo")
        await his.sees(f"Take back: accept {alice.user}?", "they learn that it ended")
        await his.presses("enter")
        await hers.sees(f"{bob.user}  does not accept you now")
        await his.types("/undo")
        await his.sees("✗ there is no decision to undo")
