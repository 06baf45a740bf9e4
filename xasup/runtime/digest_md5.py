"""SASL DIGEST-MD5 (RFC 2831) as ZooKeeper asks for it: what a client answers, and what the server has to say then.

Neither says the password: who listens at the port instead of a ZooKeeper learns nothing that lets them in. Refuses to
know: sockets, where the password comes from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import md5

from xasup.protocol.errors import Malformed

_SERVICE = "zookeeper/zk-sasl-md5"
_FIELD = re.compile(r'([a-z-]+)=(?:"([^"]*)"|([^",]*))(?:,|$)')
_COUNT = "00000001"  # this is the first answer to this nonce


@dataclass(frozen=True, slots=True)
class Answer:
    """*text*: for the server; *expected*: what it says when it knows the password, too."""

    text: str
    expected: str


def answer(challenge: str, user: str, password: str, dice: str) -> Answer:
    """*dice*: characters that nobody can foresee, without quotes. Raises Malformed for what is no challenge."""
    fields = {name: quoted or bare for name, quoted, bare in _FIELD.findall(challenge)}
    nonce, realm = fields.get("nonce", ""), fields.get("realm", "")
    if not nonce:
        raise Malformed("not a challenge of DIGEST-MD5: it has no nonce")
    inner = bytes.fromhex(_hex(f"{user}:{realm}:{password}".encode()))
    secret = _hex(inner + f":{nonce}:{dice}".encode())

    def proof(verb: str) -> str:
        what = _hex(f"{verb}:{_SERVICE}".encode())
        return _hex(f"{secret}:{nonce}:{_COUNT}:{dice}:auth:{what}".encode())

    text = (
        f'charset=utf-8,username="{user}",realm="{realm}",nonce="{nonce}",nc={_COUNT},cnonce="{dice}",'
        f'digest-uri="{_SERVICE}",maxbuf=65536,response={proof("AUTHENTICATE")},qop=auth'
    )
    return Answer(text, f"rspauth={proof('')}")


def _hex(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()  # the RFC wants it; the passwords are 256 random bits
