"""docs/asyncapi.yaml: made from the code as it is, shaped as AsyncAPI 3 wants, and true to what is documented."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.protocol.test_broker_page import rows
from tests.protocol.test_docs import examples
from tests.support.asyncapi import DOCUMENT, channel_of, fits, fitting, refs, resolved
from xasup.asyncapi import channels
from xasup.asyncapi.yaml import dump
from xasup.protocol import codec, events, topics
from xasup.protocol.streams import ROUTES, Header, Stream, Type

PAGE = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
ROOT = {"asyncapi", "id", "info", "defaultContentType", "servers", "channels", "operations", "components"}


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text() == dump(DOCUMENT), "run `xasup asyncapi > docs/asyncapi.yaml`"


def test_a_reader_of_yaml_finds_what_was_meant() -> None:
    assert yaml.safe_load(PAGE.read_text()) == DOCUMENT


@pytest.mark.parametrize(
    "value",
    [
        {"a": [], "b": {}, "c": None, "d": True, "e": [[1, 2], {"x": [{"y": {}}]}]},
        {"yes": "no", "1": "1", "~": "null", "x: y": "# z", "": "", "ä": "'\"\\\n\t\u2028", "-": "- a", "on": "1e3"},
        {
            "dates": [
                "2026-01-01",
                "12:30:45",
                "0x1f",
                ".inf",
                "=",
                "<<",
                "*a",
                "&a",
                "!a",
                "@a",
                "`a",
                "%a",
                "a:b",
                "a b",
            ]
        },
    ],
)
def test_yaml_reads_back_as_it_was(value: dict[str, Any]) -> None:
    assert yaml.safe_load(dump(value)) == value


def faults(document: dict[str, Any]) -> list[str]:
    """What is not as AsyncAPI 3 wants it: fields of the root, of servers, channels and operations, and references."""
    found = [] if str(document.get("asyncapi")).startswith("3.") and document.keys() <= ROOT else ["root"]
    found += [name for name, it in document["servers"].items() if not (it.get("host") and it.get("protocol"))]
    found += [name for name, it in document["channels"].items() if not ({"address", "messages"} <= it.keys())]
    for name, it in document["operations"].items():
        if it.get("action") not in ("send", "receive"):
            found.append(name)
        for told in (it, it.get("reply", it)):
            channel = told["channel"]["$ref"]
            found += [name for ref in told["messages"] if not ref["$ref"].startswith(f"{channel}/messages/")]
    found += [ref for ref in refs(document) if not _is_there(document, ref)]
    for name, schema in document["components"]["schemas"].items():
        try:
            jsonschema.Draft7Validator.check_schema(schema)
        except jsonschema.SchemaError:
            found.append(name)
    return found


def _is_there(document: dict[str, Any], ref: str) -> bool:
    try:
        resolved(document, ref)
    except KeyError:
        return False
    return True


def test_it_has_the_shape_of_asyncapi_3() -> None:
    assert faults(DOCUMENT) == []
    used = {ref for ref in refs(DOCUMENT) if ref.startswith("#/components/")}
    assert {f"#/components/{kind}/{name}" for kind, all_ in DOCUMENT["components"].items() for name in all_} == used


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("asyncapi", "2.6.0"),
        ("operations/sendMessage/action", "publish"),
        ("operations/sendMessage/channel/$ref", "#/channels/nowhere"),
        ("servers/mqtt/host", None),
        ("components/schemas/Message/type", "objct"),
    ],
)
def test_another_shape_is_noticed(path: str, value: Any) -> None:
    wrong = copy.deepcopy(DOCUMENT)
    where, _, last = path.rpartition("/")
    (resolved(wrong, where) if where else wrong)[last] = value
    assert faults(wrong)


def test_every_kind_of_topic_has_its_channels() -> None:
    example = {"to": "bob", "from": "alice", "user": "alice", "group": "hikers"}
    found = {}
    for name, channel in DOCUMENT["channels"].items():
        if "{" in channel["address"]:
            topic = channel["address"].format(**example)
            assert channel_of(topic) == name
            found[name] = topics.parse(topic)
    kinds = {(space, kind) for space, kinds in topics.KINDS.items() for kind in kinds}
    assert {(address.space, address.kind) for address in found.values()} == kinds == set(channels.USES)


def test_it_says_what_the_page_of_the_broker_says() -> None:
    """Which is itself held against the rules."""
    told = {}
    for topic, qos, retained, publish, receive in rows("topics"):
        _, _, space, _, kind, _ = topic.strip("`").split("/")
        told[topics.Space(space), topics.Kind(kind)] = channels.Use(int(qos), retained == "yes", publish, receive)
    assert told == channels.USES


def test_every_stream_is_there_with_its_types_and_headers() -> None:
    streams = list(channels.all_streams())
    assert [it.stream for it in streams] == list(Stream)
    types = {type for it in streams for type in it.messages.values()}
    assert types == set(Type)
    for route in ROUTES.values():
        assert route.type in next(it for it in streams if it.stream is route.stream).messages.values()
    for type in Type:
        (schema,) = (
            schema
            for schema in DOCUMENT["components"]["schemas"].values()
            if schema.get("properties", {}).get(Header.TYPE) == {"const": str(type)}
        )
        assert set(schema["required"]) <= set(schema["properties"]) <= set(Header)


@pytest.mark.parametrize(("where", "kind", "body"), list(examples()), ids=[it[0] for it in examples()])
def test_every_example_of_the_pages_fits(where: str, kind: str, body: bytes) -> None:
    service = where.partition(".")[0]
    match kind.split(" "):
        case ["request", asked]:
            names = [f"request{asked.capitalize()}"]
        case ["event"] if (word := codec.decode_object(body)["event"]) == events.ANSWER:
            names = [f"answer{asked}" for asked in ("Contacts", "Groups", "Devices", "History")] + ["refusal"]
            names = [f"answer{service.capitalize()}", "refusal"] if f"answer{service.capitalize()}" in names else names
        case ["event"]:
            names = [word]
        case ["decision"]:
            names = ["loggedDecision"]
        case _:
            names = [kind]
    assert [name for name in names if fits(name, body)], f"{where}: none of {names}"


@pytest.mark.parametrize(
    ("channel", "body"),
    [
        ("message", b'{"ts": 1, "n": 1, "text": "no id"}'),
        ("receipt", b'{"delivered": ["a"], "red": ["b"]}'),
        ("requestContacts", b'{"id": "1", "op": "ask", "user": "Bob"}'),
        ("eventContacts", b'{"event": "contact", "user": "bob", "mine": "friend", "theirs": "none", "ts": 1}'),
        ("eventBridge", b'{"event": "stored", "stream": "xasup.messages", "ids": ["a"], "positions": ["x"]}'),
        ("eventHistory", b'{"event": "answer", "id": "1", "op": "since", "ok": true, "wat": 1}'),
    ],
)
def test_a_payload_that_does_not_fit_is_noticed(channel: str, body: bytes) -> None:
    assert fitting(channel, body) in ([], ["plainText"])
