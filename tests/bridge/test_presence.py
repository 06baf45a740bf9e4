"""When a standby may take over: by what it hears, and by the silence of the one at work."""

from __future__ import annotations

import pytest

from bridge.presence import SETTLE, SILENCE, Presence, Vigil
from xasup.protocol.errors import Malformed

ME, OTHER = "me", "other"


def said(instance: str, online: bool = True) -> Presence:
    return Presence(online, "local", 1, instance)


def test_a_presence_survives_the_way() -> None:
    assert Presence.decode(said(ME).encode()) == said(ME)


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"online":true,"device":"d","ts":"x","instance":"i"}'])
def test_what_is_no_presence(payload: bytes) -> None:
    with pytest.raises(Malformed):
        Presence.decode(payload)


@pytest.mark.parametrize(
    ("presence", "wait"),
    [(None, 0), (said(OTHER, online=False), 0), (said(ME), 0), (said(ME, online=False), 0), (said(OTHER), SILENCE)],
)
def test_how_long_it_waits_after_what_it_heard(presence: Presence | None, wait: float) -> None:
    vigil = Vigil(ME, since=0)
    vigil.heard(presence, at=100)
    assert vigil.patience(100) == wait
    assert vigil.patience(100 + wait) == 0
    assert vigil.reason


def test_whoever_was_put_out_first_lets_the_newcomer_speak() -> None:
    """The own presence is still there, or the own will: the newcomer will have said that it is at work in a moment."""
    vigil = Vigil(ME, since=100)
    vigil.heard(said(ME, online=False), at=100.001)
    assert vigil.patience(100.001) == pytest.approx(SETTLE - 0.001)
    vigil.heard(said(OTHER), at=100.02)
    assert vigil.patience(101) > 0


def test_each_heartbeat_keeps_it_waiting() -> None:
    vigil = Vigil(ME, since=0)
    for at in range(10, 100, 2):
        vigil.heard(said(OTHER), at)
        assert vigil.patience(at) == SILENCE
    vigil.heard(said(OTHER, online=False), 100)
    assert vigil.patience(100) == 0
    assert "has ended" in vigil.reason
