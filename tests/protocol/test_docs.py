"""Every example in docs/protocol is what it says: each block of JSON stands under a comment that names its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.tables import between
from xasup.protocol import codec, envelope, events, ids, receipts, requests
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.envelope import Message
from xasup.protocol.errors import Code, Malformed
from xasup.protocol.groups import Role
from xasup.protocol.receipts import Receipt

PAGES = sorted((Path(__file__).parents[2] / "docs" / "protocol").glob("*.md"))
_FENCE = re.compile(r"^(?:<!-- (?P<kind>[a-z ]+) -->\n)?```json\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> Iterator[tuple[str, str, bytes]]:
    for page in PAGES:
        for found in _FENCE.finditer(page.read_text()):
            line = page.read_text()[: found.start()].count("\n") + 1
            yield f"{page.name}:{line}", found["kind"] or "", found["body"].encode()


def is_message(body: bytes) -> None:
    assert isinstance(envelope.decode(body), Message)


def is_receipt(body: bytes) -> None:
    assert receipts.decode(body) != Receipt()


def is_presence(body: bytes) -> None:
    fields = codec.decode_object(body)
    assert fields == events.presence(fields["online"], ids.device_id(fields["device"]), int(fields["ts"]))


def is_event(body: bytes) -> None:
    fields = codec.decode_object(body)
    assert _FIELDS[fields["event"]] <= set(fields), "a field is missing"
    for name, kind in _WORDS.items():
        if fields["event"] != events.ANSWER and name in fields:
            kind(fields[name])
    if fields["event"] == events.ANSWER and not fields["ok"]:
        Code(fields["code"])


def is_request(service: str) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        requests.parse(service, body)

    return check


def is_disconnect(body: bytes) -> None:
    fields = codec.decode_object(body)
    assert fields == events.disconnect(fields["client"])


def is_decision(body: bytes) -> None:
    assert list(codec.decode_object(body)) == ["what", "by", "ts", "subject"]


_WORDS: dict[str, Callable[[str], Any]] = {"mine": Edge, "theirs": Told, "role": Role, "user": ids.user_id}
_FIELDS: dict[str, set[str]] = {
    events.ANSWER: {"id", "op", "ok"},
    events.CONTACT: {"user", "mine", "theirs", "ts"},
    events.GROUP: {"group", "name", "role", "by", "ts"},
    events.MEMBER: {"group", "user", "role", "by", "ts"},
    events.DEVICE: {"device", "linked", "by", "ts"},
    events.REFUSED: {"topic", "reason"},
    events.CONNECTED: {"user", "device"},
    events.STORED: {"stream", "ids", "positions"},
    events.REJECTED: {"id", "topic", "code", "reason"},
}
KINDS: dict[str, Callable[[bytes], None]] = {
    "message": is_message,
    "receipt": is_receipt,
    "presence": is_presence,
    "event": is_event,
    "disconnect": is_disconnect,
    "decision": is_decision,
    **{f"request {service}": is_request(service) for service in requests.type_of},
}


@pytest.mark.parametrize(("where", "kind", "body"), list(examples()), ids=[it[0] for it in examples()])
def test_an_example_is_what_it_says(where: str, kind: str, body: bytes) -> None:
    assert kind in KINDS, f"{where}: expected one of {sorted(KINDS)} in a comment above the block"
    KINDS[kind](body)


def test_each_page_of_a_service_shows_a_request_and_an_event() -> None:
    found = {(where.partition(":")[0], kind) for where, kind, _ in examples()}
    for service in requests.type_of:
        assert {(f"{service}.md", f"request {service}"), (f"{service}.md", "event")} <= found


def test_all_codes_are_explained() -> None:
    page = next(page for page in PAGES if page.name == "requests.md")
    told = re.findall(r"^\| `([a-z-]+)` \|", between(page, "codes"), re.MULTILINE)
    assert told == [str(code) for code in Code]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("request contacts", b'{"id": "1", "op": "ask", "usr": "bob"}'),
        ("event", b'{"event": "contact", "user": "bob", "mine": "friend", "theirs": "none", "ts": 1}'),
        ("event", b'{"event": "device", "device": "phone"}'),
        ("message", b"plain"),
        ("presence", b'{"online": true, "device": "phone", "ts": 1, "more": 2}'),
    ],
)
def test_a_wrong_example_would_be_noticed(kind: str, body: bytes) -> None:
    with pytest.raises((AssertionError, ValueError, Malformed)):
        KINDS[kind](body)
