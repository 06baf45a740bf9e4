"""A certificate that the operator brought: looked at before anything starts, so that Mosquitto never has to guess.

Refuses to know: who issued it and why, what the clock says (it comes in as an argument).
"""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from broker.config import Certificate
from xasup.protocol.errors import Malformed

_LEAST_RSA = 2048  # bits


def checked(chain: Path, key: Path, authority: Path | None, now: datetime) -> Certificate:
    """The files as they are to be used. *chain*: the server's certificate first, then who issued it; *authority*: whom
    clients are told to trust. Raises Malformed, naming the file and what to do."""
    certificates = certificates_in(chain, "--tls-cert")
    _check_key(key, chain, certificates[0])
    _check_time(chain, certificates[0], now)
    if authority is not None:
        _check_issued(chain, certificates, authority)
    return Certificate(chain.absolute(), key.absolute())


def certificates_in(path: Path, option: str) -> list[x509.Certificate]:
    """One at least. Raises Malformed."""
    try:
        return x509.load_pem_x509_certificates(_read(path, option))
    except ValueError:
        raise Malformed(f"{option} {path}: no certificate in PEM (-----BEGIN CERTIFICATE-----) is there") from None


def _check_key(path: Path, chain: Path, certificate: x509.Certificate) -> None:
    content = _read(path, "--tls-key")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Malformed(f"--tls-key {path}: others may read it; `chmod 600 {path}`")
    try:
        key = serialization.load_pem_private_key(content, None)
    except TypeError:
        raise Malformed(f"--tls-key {path}: it asks for a passphrase, and nobody is there to type it") from None
    except ValueError:
        raise Malformed(f"--tls-key {path}: no private key in PEM (-----BEGIN PRIVATE KEY-----) is there") from None
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < _LEAST_RSA:
        raise Malformed(f"--tls-key {path}: {key.key_size} bits are too few; at least {_LEAST_RSA}")
    if _spelled(key.public_key()) != _spelled(certificate.public_key()):
        raise Malformed(f"--tls-key {path}: it does not fit the first certificate of {chain}")


def _spelled(key: object) -> bytes:
    spell = getattr(key, "public_bytes")  # noqa: B009 - all kinds of public keys have it, and no common type
    return bytes(spell(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _check_time(path: Path, certificate: x509.Certificate, now: datetime) -> None:
    if now < certificate.not_valid_before_utc:
        raise Malformed(f"--tls-cert {path}: it is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}")
    if now >= certificate.not_valid_after_utc:
        raise Malformed(f"--tls-cert {path}: it expired on {certificate.not_valid_after_utc:%Y-%m-%d}; renew it")


def _check_issued(path: Path, chain: list[x509.Certificate], authority: Path) -> None:
    roots = certificates_in(authority, "--tls-ca")
    last = chain[0]
    for issuer in chain[1:]:
        if not _issued(last, issuer):
            raise Malformed(f"--tls-cert {path}: each certificate in it must be issued by the one that follows")
        last = issuer
    if not any(last == root or _issued(last, root) for root in roots):
        raise Malformed(f"--tls-ca {authority}: it did not issue what is in {path}")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Malformed(f"{option} {path}: {error.strerror}") from None
