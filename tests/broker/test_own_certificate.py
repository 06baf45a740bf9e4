"""A certificate that the operator brings is looked at before anything starts, and each refusal says what to do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from broker import own_certificate
from broker.config import Certificate
from tests.support.certificates import NOW, Brought, brought, expired
from xasup.protocol.errors import Malformed


def look(given: Brought) -> Certificate:
    return own_certificate.checked(given.chain, given.key, given.authority, NOW)


def test_a_good_one_is_taken(tmp_path: Path) -> None:
    given = brought(tmp_path)
    assert look(given) == Certificate(given.chain, given.key)
    assert own_certificate.checked(given.chain, given.key, None, NOW) == Certificate(given.chain, given.key)


def test_a_chain_is_followed_to_the_authority(tmp_path: Path) -> None:
    given = brought(tmp_path)
    given.chain.write_bytes(given.chain.read_bytes() + given.authority.read_bytes())
    assert look(given).chain == given.chain


def no_pem(given: Brought, folder: Path) -> Brought:
    given.chain.write_bytes(b"\x30\x82 not PEM")
    return given


def no_key(given: Brought, folder: Path) -> Brought:
    given.key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    return given


def missing(given: Brought, folder: Path) -> Brought:
    return given._replace(key=folder / "nowhere.key")


def another_key(given: Brought, folder: Path) -> Brought:
    return given._replace(key=brought(folder / "other").key)


def readable(given: Brought, folder: Path) -> Brought:
    given.key.chmod(0o640)
    return given


def sealed(given: Brought, folder: Path) -> Brought:
    argv = ["openssl", "pkcs8", "-topk8", "-in", given.key, "-out", folder / "sealed", "-passout", "pass:x"]
    subprocess.run(argv, check=True)
    (folder / "sealed").chmod(0o600)
    return given._replace(key=folder / "sealed")


def short(given: Brought, folder: Path) -> Brought:
    argv = ["openssl", "genrsa", "-out", folder / "short", "1024"]
    subprocess.run(argv, check=True, capture_output=True)
    (folder / "short").chmod(0o600)
    return given._replace(key=folder / "short")


def late(given: Brought, folder: Path) -> Brought:
    return expired(folder / "late")


def early(given: Brought, folder: Path) -> Brought:
    return brought(folder / "early", now=NOW + timedelta(days=10))


def other_authority(given: Brought, folder: Path) -> Brought:
    return given._replace(authority=brought(folder / "other").authority)


def wrong_order(given: Brought, folder: Path) -> Brought:
    given.chain.write_bytes(given.chain.read_bytes() + brought(folder / "other").chain.read_bytes())
    return given


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (no_pem, "--tls-cert .*no certificate in PEM"),
        (no_key, "--tls-key .*no private key in PEM"),
        (missing, "--tls-key .*nowhere.key: No such file"),
        (another_key, "--tls-key .*does not fit"),
        (readable, "--tls-key .*others may read it; `chmod 600"),
        (sealed, "--tls-key .*passphrase"),
        (short, "--tls-key .*1024 bits are too few"),
        (late, "--tls-cert .*it expired on "),
        (early, "--tls-cert .*not valid before "),
        (other_authority, "--tls-ca .*did not issue"),
        (wrong_order, "--tls-cert .*issued by the one that follows"),
    ],
)
def test_what_is_wrong_is_named_with_its_option(
    tmp_path: Path, spoil: Callable[[Brought, Path], Brought], word: str
) -> None:
    given = spoil(brought(tmp_path / "good"), tmp_path)
    with pytest.raises(Malformed, match=word):
        look(given)
