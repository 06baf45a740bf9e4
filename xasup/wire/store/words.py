"""The words of a text, as they are looked for: without case, accents and punctuation. Pure; the one home of both sides
of the search, so that what is written down is what is asked for.

Scripts that set no spaces between words (Han, Kana) count each character as a word.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

from xasup.protocol import codec
from xasup.protocol.errors import Malformed

LONGEST = 64  # letters of a word that count
_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}]+")
# A conversation is one more word of its lines, in letters of the private use area, which no word of a text has.
_PLACE = str.maketrans({":": "\ue001", "-": "\ue002", "_": "\ue003"})


def words(text: str) -> list[str]:
    """Each once, in the order of the text."""
    folded = text.lower() if text.isascii() else _folded(text)
    return list(dict.fromkeys(word[:LONGEST] for word in _WORD.findall(folded)))


def place(conversation: str) -> str:
    """The word that all lines of a conversation have, and no others."""
    return "\ue000" + conversation.translate(_PLACE)


def text_of(payload: bytes) -> str:
    """What is shown of a line."""
    try:
        text = codec.decode_object(payload).get("text")
    except Malformed:
        text = None
    return text if isinstance(text, str) else payload.decode(errors="replace")


def _folded(text: str) -> str:
    bare = "".join(letter for letter in normalize("NFKD", text.casefold()) if category(letter)[0] != "M")
    return bare.casefold()
