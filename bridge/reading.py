"""What a payload is, as cheaply as it can be told: the same verdicts as the protocol's, which decide where in doubt.

Refuses to know: topics, who sent it, what was seen before.
"""

from __future__ import annotations

from xasup.protocol import envelope, events, streams
from xasup.protocol.codec import decode, decode_object
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import MessageId, group_id, message_id

_MOST = 1 << 53


def identify(payload: bytes) -> MessageId | None:
    """The id of a message; None for plain text, which has none. Raises Malformed for an object that is no message.

    Exactly as envelope.decode() has it: a test holds the two together."""
    try:
        fields = decode(payload)
    except Malformed:
        return None
    if type(fields) is not dict:
        return None
    id, text, ts, n = fields.get("id"), fields.get("text"), fields.get("ts", 0), fields.get("n", 0)
    if (
        type(id) is str
        and type(text) is str
        and text
        and type(ts) is int
        and type(n) is int
        and 0 <= ts < _MOST
        and 0 <= n < _MOST
        and fields.get("re") is None
    ):
        return message_id(id)
    return envelope.from_fields(fields).id


def membership(payload: bytes) -> bytes | None:
    """The key of a `group` event, the group's conversation; None for other events. Raises Malformed."""
    event = decode_object(payload)
    if event.get("event") != events.GROUP:
        return None
    group = event.get("group")
    if not isinstance(group, str):
        raise Malformed("group: expected the id of a group")
    return streams.group(group_id(group)).encode()
