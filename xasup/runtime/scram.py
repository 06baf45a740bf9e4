"""What a server keeps of a password for SCRAM-SHA-256 (RFC 5802, 7677), spelled as Kafka has it.

With it somebody can pretend to be the server, and nobody can come in. Refuses to know: where it is kept.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import pbkdf2_hmac, sha256
from hmac import digest

MECHANISM = "SCRAM-SHA-256"
_ROUNDS = 4096  # the least that Kafka takes: 256 random bits need no more


def credential(password: str, salt: bytes) -> str:
    """*salt*: random bytes, new for each password."""
    salted = pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)
    stored = sha256(digest(salted, b"Client Key", "sha256")).digest()
    server = digest(salted, b"Server Key", "sha256")
    spelled = {"salt": salt, "stored_key": stored, "server_key": server}
    fields = ",".join(f"{name}={b64encode(value).decode()}" for name, value in spelled.items())
    return f"{fields},iterations={_ROUNDS}"
