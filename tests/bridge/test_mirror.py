"""From Mosquitto into Redis, end to end."""

from __future__ import annotations

from tests.bridge.house import House, ids


async def test_what_is_sent_is_in_the_log_and_its_sender_is_told(home: House) -> None:
    home.bridge().start()
    alice, _ = home.person("alice"), home.person("bob")
    sent = alice.send("bob", 5)
    stored = alice.stored(5)
    entries = await home.entries(5)
    assert ids(entries) == sent
    assert stored == {id: str(entry.position) for id, entry in zip(sent, entries, strict=True)}
