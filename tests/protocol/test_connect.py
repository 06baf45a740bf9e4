"""Connect strings come back; broken ones name the missing part, and never the token."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol import strategies
from xasup.protocol.connect import ConnectString, parse
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId

hosts = st.sampled_from(["127.0.0.1", "::1", "chat.example.org", "localhost"])
flags = (st.booleans(), st.booleans())
tokens = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.builds(ClientId, strategies.users, strategies.devices), tokens, hosts, st.integers(1, 65535), *flags)
def test_a_connect_string_comes_back(client: ClientId, token: str, host: str, port: int, tls: bool, code: bool) -> None:
    connect = ConnectString(client, token, host, port, tls, code)
    assert parse(connect.reveal()) == connect


def test_a_link_code_is_told_from_a_token() -> None:
    assert parse("xasup://alice:c0de@h:1/laptop?link").code
    assert not parse("xasup://alice:token@h:1/laptop").code
    assert "c0de" not in f"{parse('xasup://alice:c0de@h:1/laptop?link')}"


def test_it_does_not_show_its_token() -> None:
    connect = parse("xasup://alice:verysecret@127.0.0.1:1883/laptop")
    assert "verysecret" not in f"{connect} {connect!r}"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "begin with"),
        ("mqtt://alice:verysecret@h/d", "begin with"),
        ("xasup://verysecret@h:1/d", "token is missing"),
        ("xasup://:verysecret@h:1/d", "user is missing"),
        ("xasup://alice:verysecret@:1/d", "host is missing"),
        ("xasup://alice:verysecret@h:1/", "device is missing"),
        ("xasup://alice:verysecret@h:1", "device is missing"),
        ("xasup://alice:verysecret@h:99999/d", "port"),
        ("xasup://alice:verysecret@h:x/d", "port"),
        ("xasup://Alice:verysecret@h:1/d", "user 'Alice'"),
        ("xasup://alice:verysecret@h:1/d/e", "device 'd/e'"),
        ("xasup://alice:verysecret@[::1/d", "host"),
        ("xasup://alice:verysecret@h:1/d?verysecret", "?link"),
        ("xasup://alice:verysecret@h:1/d?link#x", "?link"),
    ],
)
def test_a_broken_one_names_the_part_and_never_the_token(text: str, named: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(text)
    assert named in str(caught.value)
    assert "verysecret" not in str(caught.value)
