"""Receipts come back whole; a wrong one is refused by its field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol import strategies
from xasup.protocol import receipts
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.errors import Malformed
from xasup.protocol.receipts import Receipt


@given(strategies.receipts)
def test_a_receipt_comes_back(receipt: Receipt) -> None:
    assert receipts.decode(receipts.encode(receipt)) == receipt


@given(st.integers(0, 2000))
def test_batches_keep_all_ids_in_order_and_fit_one_packet(count: int) -> None:
    ids = [f"{number:064}" for number in range(count)]
    batches = list(receipts.in_batches(ids))
    assert [id for batch in batches for id in batch] == ids
    assert all(len(receipts.encode(Receipt(delivered=batch))) <= MAX_PAYLOAD for batch in batches)


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b'{"delivered":"1"}', b'{"read":[1]}', b'{"read":["a b"]}', b'{"refused":["1"]}', b"{"]
)
def test_a_broken_receipt_is_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed):
        receipts.decode(payload)
