"""The local authority and its server certificate: made, kept, renewed, private."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from broker import tls
from xasup.protocol.errors import Unavailable

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def made(folder: Path, host: str = "10.1.2.3", now: datetime = NOW) -> x509.Certificate:
    return x509.load_pem_x509_certificate(tls.ensure(folder, host, now).chain.read_bytes())


def names(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in found}


def test_keys_are_their_owners_alone(tmp_path: Path) -> None:
    made(tmp_path / "tls")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "tls").iterdir()}
    assert modes == {tls.CA: 0o644, tls.SERVER: 0o644, tls.CA_KEY: 0o600, tls.SERVER_KEY: 0o600}
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700


def test_the_server_is_named_by_its_host_and_as_localhost(tmp_path: Path) -> None:
    assert names(made(tmp_path)) == {"localhost", "127.0.0.1", "::1", "10.1.2.3"}
    assert names(made(tmp_path / "all", "0.0.0.0")) == {"localhost", "127.0.0.1", "::1"}  # noqa: S104 - a name, not bound


def test_what_is_good_is_kept(tmp_path: Path) -> None:
    first = made(tmp_path)
    assert made(tmp_path, now=NOW + timedelta(days=300)) == first


def test_a_server_certificate_is_renewed_in_time_by_the_same_authority(tmp_path: Path) -> None:
    first, authority = made(tmp_path), (tmp_path / tls.CA).read_bytes()
    later = NOW + timedelta(days=306)
    second = made(tmp_path, now=later)
    assert second != first
    assert second.not_valid_before_utc < later < second.not_valid_after_utc - timedelta(days=300)
    assert (tmp_path / tls.CA).read_bytes() == authority


def test_another_host_needs_another_certificate(tmp_path: Path) -> None:
    made(tmp_path)
    assert "10.9.9.9" in names(made(tmp_path, "10.9.9.9"))


def test_an_authority_that_would_end_before_its_server_is_made_anew(tmp_path: Path) -> None:
    made(tmp_path)
    authority = (tmp_path / tls.CA).read_bytes()
    second = made(tmp_path, now=NOW + timedelta(days=3300))
    assert (tmp_path / tls.CA).read_bytes() != authority
    second.verify_directly_issued_by(x509.load_pem_x509_certificate((tmp_path / tls.CA).read_bytes()))


@pytest.mark.parametrize("name", [tls.CA, tls.CA_KEY, tls.SERVER, tls.SERVER_KEY])
@pytest.mark.parametrize("content", [None, b"garbage", b""])
def test_what_is_lost_or_broken_is_made_anew(tmp_path: Path, name: str, content: bytes | None) -> None:
    made(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    certificate = tls.ensure(tmp_path, "10.1.2.3", NOW)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    authority = x509.load_pem_x509_certificate((tmp_path / tls.CA).read_bytes())
    made(tmp_path).verify_directly_issued_by(authority)


def test_a_place_where_nothing_can_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="certificates: .*file"):
        tls.ensure(tmp_path / "file", "127.0.0.1", NOW)
