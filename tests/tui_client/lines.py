"""Messages for tests, in few words."""

from __future__ import annotations

from typing import Any

from tests.tui_client.town import NOON
from xasup.client.values import Message
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.states import State


def line(seq: int, text: str = "hi", mine: bool = False, state: State | None = None, **fields: Any) -> Message:
    """Line number *seq* of the conversation with bob; of mine `sent`, of his `delivered`."""
    state = state or (State.SENT if mine else State.DELIVERED)
    sender = UserId("alice" if mine else "bob")
    ts = fields.pop("ts", NOON + seq * 1000)
    key = fields.pop("conversation", "bob")
    return Message(key, fields.pop("sender", sender), MessageId(f"m{seq}"), text, ts, state, seq, mine, **fields)
