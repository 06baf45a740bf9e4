"""An authority of this machine's own and a server certificate from it: made on first start, renewed in time.

Refuses to know: who trusts the authority (hand them `ca.pem`), what the clock says (it comes in as an argument).
"""

from __future__ import annotations

import ipaddress
import os
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from broker.config import Certificate
from xasup.protocol.errors import Unavailable

CA, CA_KEY, SERVER, SERVER_KEY = "ca.pem", "ca.key", "server.pem", "server.key"
_CA_DAYS, _SERVER_DAYS = 3650, 365
_RENEW_DAYS = 60  # before the end; of the authority: before it could not cover a server's year
_LOCAL = ("localhost", "127.0.0.1", "::1")


def ensure(folder: Path, host: str, now: datetime) -> Certificate:
    """Files for a server at *host* and localhost, valid from *now* (aware) on; what is there and good is kept.

    Raises Unavailable when they cannot be read or written."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = _load(folder / CA, folder / CA_KEY)
        if authority is None or _ends_within(authority[0], now, _SERVER_DAYS + _RENEW_DAYS):
            authority = _make_authority(now)
            _store(folder / CA, folder / CA_KEY, *authority)
        server = _load(folder / SERVER, folder / SERVER_KEY)
        if server is None or not _serves(server[0], authority[0], host, now):
            server = _make_server(authority, host, now)
            _store(folder / SERVER, folder / SERVER_KEY, *server)
    except OSError as error:
        raise Unavailable(f"certificates: {error.filename or folder}: {error.strerror}") from None
    return Certificate(folder / SERVER, folder / SERVER_KEY)


_Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _make_authority(now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "XasUp local authority")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    draft = _draft(name, name, key, now, _CA_DAYS)
    draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    draft = draft.add_extension(usage, critical=True)
    return draft.sign(key, hashes.SHA256()), key


def _make_server(authority: _Pair, host: str, now: datetime) -> _Pair:
    certificate, ca_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    draft = _draft(name, certificate.subject, key, now, _SERVER_DAYS)
    draft = draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    draft = draft.add_extension(x509.SubjectAlternativeName([_name(each) for each in _names(host)]), critical=False)
    draft = draft.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    draft = draft.add_extension(issuer, critical=False)
    return draft.sign(ca_key, hashes.SHA256()), key


def _draft(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),  # a client's clock may be behind
        not_valid_after=now + timedelta(days=days),
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _names(host: str) -> list[str]:
    return [*_LOCAL, *([host] if host not in (*_LOCAL, "0.0.0.0") else [])]  # noqa: S104 - left out, not bound


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _serves(certificate: x509.Certificate, authority: x509.Certificate, host: str, now: datetime) -> bool:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return all(_name(each) in names for each in _names(host)) and not _ends_within(certificate, now, _RENEW_DAYS)


def _ends_within(certificate: x509.Certificate, now: datetime, days: int) -> bool:
    return not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - timedelta(days=days)


def _load(path: Path, key_path: Path) -> _Pair | None:
    """None where there is none, or half of one."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    except (FileNotFoundError, ValueError):
        return None
    matches = isinstance(key, ec.EllipticCurvePrivateKey) and certificate.public_key() == key.public_key()
    return (certificate, key) if matches and isinstance(key, ec.EllipticCurvePrivateKey) else None


def _store(path: Path, key_path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    _write(
        key_path,
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        0o600,
    )
    _write(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123 - needs the mode
        file.write(content)
    draft.replace(path)
