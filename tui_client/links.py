"""Links in a text that somebody wrote: which there are, and how one is shown before it is opened. Pure.

Only http and https. A host that is not plain ASCII is shown as it is asked for in the network, so that letters which
look like others cannot lead elsewhere.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_LINK = re.compile(r"https?://[^\s<>\"'`{}|\\^\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
_AFTER = ".,;:!?)]»”’"  # ends a sentence more often than a link


def links(text: str) -> list[str]:
    """In the order of the text, each once, ready to be shown and opened; what is no link after all is left out."""
    found = (_plain(match.group().rstrip(_AFTER)) for match in _LINK.finditer(text))
    return list(dict.fromkeys(link for link in found if link))


def pieces(row: str) -> list[tuple[str, str]]:
    """A row of text in pieces, each with the link that it is, or ""."""
    found, end = list[tuple[str, str]](), 0
    for match in _LINK.finditer(row):
        shown = match.group().rstrip(_AFTER)
        if link := _plain(shown):
            found += [(row[end : match.start()], ""), (shown, link)]
            end = match.start() + len(shown)
    return [piece for piece in (*found, (row[end:], "")) if piece[0]] or [(row, "")]


def _plain(link: str) -> str:
    """The same in ASCII: the host in its punycode, all else percent-encoded; "" for a link without a sound host."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
        port = f":{parts.port}" if parts.port is not None else ""
    except (ValueError, UnicodeError):
        return ""
    if not host or "@" in parts.netloc:  # a name before the host only makes it look like another one
        return ""
    rest = (_percent(each) for each in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme.lower(), f"{host}{port}", *rest))


def _percent(text: str) -> str:
    return "".join(char if char.isascii() else "".join(f"%{byte:02X}" for byte in char.encode()) for char in text)
