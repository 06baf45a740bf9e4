"""Reason codes and system errors, as the three errors of this project, each with a sentence for people."""

from __future__ import annotations

import errno
import socket
import ssl

from xasup.protocol.errors import Malformed, Refused, Unavailable, XasupError
from xasup.wire.mqtt.values import Address, Cause, NoWay

NOT_AUTHORIZED, TOO_LARGE = 0x87, 0x95
_BYTES_WRONG = {
    0x90: "the topic is not allowed",
    TOO_LARGE: "the packet is too large",
    0x99: "the payload is not allowed",
}
_BUSY = {0x91: "the packet id is in use", 0x97: "a quota is used up"}
_REFUSED_AT_DOOR = frozenset({0x85, 0x86, NOT_AUTHORIZED, 0x8A, 0x8C})
_CERTIFICATE = {  # by OpenSSL's numbers (X509_V_ERR_…)
    9: Cause.NOT_VALID_YET,
    10: Cause.EXPIRED,
    62: Cause.OTHER_NAME,
    64: Cause.OTHER_NAME,
}
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
_ENDED = {
    0x04: "it asked for the will to be sent",
    0x81: "it could not read a packet of ours",
    0x82: "it says that we broke the protocol",
    NOT_AUTHORIZED: "not authorized any more",
    0x89: "it is busy",
    0x8B: "it is shutting down",
    0x8D: "nothing was heard from us for too long",
    0x8E: "another connection of this device took over",
    0x93: "we sent more than it had announced to take",
    TOO_LARGE: "a packet of ours was too large",
    0x97: "a quota is used up",
    0x98: "an administrator or a revocation put this device out",
}


def of_publish(code: int, topic: str) -> XasupError | None:
    """What a PUBACK says; None for success (0x10, no subscriber, is success)."""
    if code < 0x80:
        return None
    if code in _BYTES_WRONG:
        return Malformed(f"{topic}: {_BYTES_WRONG[code]} (0x{code:02x})")
    if code in _BUSY:
        return Unavailable(f"{topic}: {_BUSY[code]} (0x{code:02x}); try again")
    return Refused(f"{topic}: the broker does not let this pass (0x{code:02x})")


def of_subscribe(code: int, filter: str) -> Refused | None:
    """What a SUBACK says about one filter."""
    if code < 0x80:
        return None
    return Refused(f"{filter}: the broker does not let us subscribe (0x{code:02x})")


def of_connect(code: int, address: Address) -> XasupError:
    """Why a CONNACK was not a welcome."""
    if code in _REFUSED_AT_DOOR:
        return Refused(
            f"the broker at {address} refused {address.client_id}: "
            f"its token is wrong, expired or revoked, or the user is unknown or suspended (0x{code:02x})"
        )
    if code == 0x84:
        return Unavailable(f"the broker at {address} does not speak MQTT 5")
    return Unavailable(f"the broker at {address} did not let {address.client_id} in (0x{code:02x}); try again later")


def of_end(code: int, address: Address) -> Unavailable:
    """Why the broker ended a connection."""
    why = _ENDED.get(code, "it gave no reason that we know")
    return Unavailable(f"the broker at {address} ended the connection: {why} (0x{code:02x})")


def of_system(error: OSError, address: Address) -> NoWay:
    """Why no connection came about."""
    match error:
        case ssl.SSLCertVerificationError():
            cause = _CERTIFICATE.get(error.verify_code, Cause.NOT_TRUSTED)
            return NoWay(f"TLS with {address}: its certificate is not trusted ({error.verify_message})", cause)
        case ssl.SSLError():
            return NoWay(f"TLS with {address} failed: {error.reason or error}; is that a TLS port?", Cause.NOT_TLS)
        case socket.gaierror():
            return NoWay(f"host {address.host!r} is not known ({error.strerror})", Cause.HOST_UNKNOWN)
        case ConnectionRefusedError() | FileNotFoundError():
            return NoWay(f"nobody listens at {address}", Cause.PORT_CLOSED)
        case ConnectionError() if address.tls:
            said = f"TLS with {address} failed: the connection was closed; is that a TLS port?"
            return NoWay(said, Cause.NOT_TLS)
        case TimeoutError():
            return NoWay(f"no answer from {address} in time", Cause.NO_ANSWER)
        case _:
            said = f"no connection to {address}: {error.strerror or error}"
            return NoWay(said, Cause.NO_ROUTE if error.errno in _NO_ROUTE else None)
