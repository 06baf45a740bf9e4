"""Hypothesis strategies for the protocol's values."""

from __future__ import annotations

from hypothesis import strategies as st

from xasup.protocol import ids
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.envelope import Message
from xasup.protocol.receipts import Receipt

names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,31}", fullmatch=True)
users = names.map(ids.user_id)
devices = names.map(ids.device_id)
groups = names.map(ids.group_id)
message_ids = st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True).map(ids.message_id)
counts = st.integers(0, (1 << 53) - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
not_names = st.one_of(
    st.text().filter(lambda text: not ids._NAME.fullmatch(text)),
    st.sampled_from(["", "Alice", "a b", "a+", "#", "a/b", "a\0", "a" * 33, "аlice", "_a", "-a", "a\n", "ａ"]),
)
messages = st.builds(
    Message,
    id=message_ids,
    ts=counts,
    text=texts,
    n=counts,
    re=st.none() | message_ids,
    extra=st.dictionaries(st.sampled_from(["lang", "x", "Text", ""]), st.integers(0, 9) | texts, max_size=3),
)
receipts = st.builds(
    Receipt,
    delivered=st.lists(message_ids, max_size=5).map(tuple),
    read=st.lists(message_ids, max_size=5).map(tuple),
    refused=st.dictionaries(message_ids, texts, max_size=3),
)
LONG_TEXT = "x" * (MAX_PAYLOAD + 1)
