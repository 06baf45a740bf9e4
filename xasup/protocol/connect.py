"""The connect string of a device, `xasup://user:token@host:port/device`: all that a client needs, in one line.

`xasups://` is the same over TLS. With `?link` at its end it is a link code: what stands for the token lets one new
device in, once, for a minute, to claim a token of its own (docs/protocol/devices.md). Refuses to know: whether the
token is right, whether anybody listens there.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId, device_id, user_id

SHAPE = "xasup://user:token@host:port/device"
CODE_SECONDS = 60  # for which a link code can be claimed
_PORTS = {"xasup": 1883, "xasups": 8883}
_MARK = "?link"


@dataclass(frozen=True, slots=True)
class ConnectString:
    """*token* is a secret: repr() and str() leave it out, `reveal()` spells it. *code*: it is a link code, to be
    redeemed for a token."""

    client: ClientId
    token: str
    host: str
    port: int
    tls: bool = False
    code: bool = False

    def __repr__(self) -> str:
        return f"ConnectString({self})"

    def __str__(self) -> str:
        return self._spelled("…")

    def reveal(self) -> str:
        """The whole string, secret included."""
        return self._spelled(quote(self.token, safe=""))

    def _spelled(self, token: str) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "xasups" if self.tls else "xasup"
        mark = _MARK if self.code else ""
        return f"{scheme}://{self.client.user}:{token}@{host}:{self.port}/{self.client.device}{mark}"


def parse(text: str) -> ConnectString:
    """The inverse of reveal(). Raises Malformed, naming the part but never the token."""
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError:
        raise Malformed(f"connect string: host or port cannot be read; expected {SHAPE}") from None
    if url.scheme not in _PORTS:
        raise Malformed(f"connect string: expected it to begin with xasup:// or xasups://, as in {SHAPE}")
    for name, value in (
        ("user", url.username),
        ("token", url.password),
        ("host", url.hostname),
        ("device", url.path[1:]),
    ):
        if not value:
            raise Malformed(f"connect string: the {name} is missing; expected {SHAPE}")
    if url.query not in ("", _MARK[1:]) or url.fragment:
        raise Malformed(f"connect string: nothing but {_MARK} may follow the device; expected {SHAPE}")
    client = ClientId(user_id(url.username or ""), device_id(url.path[1:]))
    token = unquote(url.password or "")
    where = (url.hostname or "", port or _PORTS[url.scheme], url.scheme == "xasups")
    return ConnectString(client, token, *where, code=bool(url.query))
