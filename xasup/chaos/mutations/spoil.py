"""Good bytes and good objects, spoiled as the dice say. Pure.

Refuses to know: what they mean.
"""

from __future__ import annotations

import json  # and not our codec: this has to spell what that one refuses to
import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from xasup.chaos.raw import packet

MOST = 70_000  # bytes; a little more than a payload may have
_EDGES = (0x00, 0x01, 0x7F, 0x80, 0xFF, 0x22, 0x2F, 0x2B, 0x23)
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 1 << 53, 1 << 63, 1 << 64, -(1 << 63) - 1, 1e308, float("nan"), float("inf"), 0.5),
    *(
        "",
        " ",
        "x" * 5_000,
        "\0",
        "\ud800",
        "\x1b]0;owned\x07\x1b[2J",
        "\u202e",
        "a/b",
        "+",
        "#",
        "../../x",
        "g:",
        "g:x",
    ),
    *("svc-contacts", "list", "-1", "1e9", "0-0", "🙂" * 500, "a\u0301" * 500),
    *([], {}, [[]], [None], ["x"] * 600, {"id": {}}, {"op": []}, {"text": {"text": "x"}}),
)

Spoil = Callable[[bytearray, random.Random], None]


def spoil(data: bytes, dice: random.Random) -> bytes:
    """One to four things done to it, one after the other."""
    spoiled = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        dice.choice(_BYTES)(spoiled, dice)
    return bytes(spoiled[:MOST])


def spoil_packet(data: bytes, dice: random.Random) -> bytes:
    """Of MQTT; half of them say how long they are now, so that they are read to their end."""
    if dice.random() < 0.5:
        return spoil(data, dice)
    at = next(place for place in range(1, len(data)) if data[place] < 0x80) + 1
    first = data[0] if dice.random() < 0.9 else dice.randrange(256)
    return packet(first, spoil(data[at:], dice))


def spoil_object(fields: dict[str, Any], dice: random.Random) -> bytes:
    """As JSON; of the results, some are no JSON any more."""
    spoiled = json.loads(json.dumps(fields))
    for _ in range(dice.randint(1, 3)):
        _spoil_inside(spoiled, dice)
    data = json.dumps(spoiled, ensure_ascii=dice.random() < 0.5).encode(errors="surrogatepass")
    return spoil(data, dice) if dice.random() < 0.3 else data[:MOST]


def spoil_words(words: Sequence[str], dice: random.Random) -> list[str]:
    """Of a command line: words that are spoiled, missing, twice, in another order. None holds a NUL: no process could
    be given one."""
    spoiled = list(words)
    for _ in range(dice.randint(1, 2)):
        at = dice.randrange(len(spoiled) + 1)
        match dice.randrange(6):
            case 0 if spoiled:
                del spoiled[at - 1]
            case 1 if spoiled:
                spoiled.insert(at, dice.choice(spoiled))
            case 2:
                spoiled.insert(at, _word(str(dice.choice(HOSTILE))))
            case 3 if len(spoiled) > 1:
                dice.shuffle(spoiled)
            case 4:
                spoiled.insert(at, dice.choice(("--", "-", "--json", "--yes", "-x", "--no-such", "--limit", "--since")))
            case _ if spoiled:
                word = spoiled[at - 1].encode(errors="surrogateescape")
                spoiled[at - 1] = spoil(word, dice).decode(errors="surrogateescape")
    return [word.replace("\0", "")[:5_000] for word in spoiled]


def _word(text: str) -> str:
    """As a process is given it: bytes that are no UTF-8 become escapes."""
    return text.encode(errors="surrogatepass").decode(errors="surrogateescape")


def _spoil_inside(fields: dict[str, Any], dice: random.Random) -> None:
    """One field, of the object or of one within it."""
    inner = [value for value in fields.values() if isinstance(value, dict) and value]
    inner += [it for value in fields.values() if isinstance(value, list) for it in value if isinstance(it, dict) and it]
    if inner and dice.random() < 0.5:
        return _spoil_inside(dice.choice(inner), dice)
    name = dice.choice([*fields, "new"])
    match dice.randrange(6):
        case 0:
            fields.pop(name, None)
        case 1:
            fields[str(dice.choice(HOSTILE))] = fields.pop(name, None)
        case 2:
            fields[name] = [deepcopy(fields.get(name)) for _ in range(dice.choice((1, 2, 100)))]
        case 3:
            fields[name] = {name: fields.get(name)}
        case _:
            fields[name] = deepcopy(dice.choice(HOSTILE))
    return None


def _flip(data: bytearray, dice: random.Random) -> None:
    if data:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _edge(data: bytearray, dice: random.Random) -> None:
    if data:
        data[dice.randrange(len(data))] = dice.choice(_EDGES)


def _cut(data: bytearray, dice: random.Random) -> None:
    first, last = _span(data, dice)
    del data[first:last]


def _shorten(data: bytearray, dice: random.Random) -> None:
    del data[dice.randrange(len(data) + 1) :]


def _repeat(data: bytearray, dice: random.Random) -> None:
    first, last = _span(data, dice)
    data[first:first] = data[first:last] * dice.choice((1, 2, 50))


def _insert(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.randbytes(dice.randint(1, 20))


def _move(data: bytearray, dice: random.Random) -> None:
    first, last = _span(data, dice)
    piece = data[first:last]
    del data[first:last]
    at = dice.randrange(len(data) + 1)
    data[at:at] = piece


_BYTES: tuple[Spoil, ...] = (_flip, _flip, _edge, _edge, _cut, _shorten, _repeat, _insert, _move)


def _span(data: bytearray, dice: random.Random) -> tuple[int, int]:
    first = dice.randrange(len(data) + 1)
    return first, min(len(data), first + dice.randint(1, 40))
