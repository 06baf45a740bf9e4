"""Steps by chance: mostly as they should be, or nearly. Refuses to know: what is right, brokers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.broker.model.moves import DOORS, EARS, GROUPS, MOUTHS, SERVERS, USERS, Attempt, Connect, Listen, Say, Step
from tests.broker.model.world import Become, Change

SECRETS = ("right", "right", "right", "right", "old", "another's", "wrong", "empty", "shorter", "longer")
_NAMES = (
    *(*USERS, *GROUPS) * 2,
    *("contacts", "groups", "bridge", "broker", "devices", "nobody", "svc-", "a", "x" * 32, "0", "a_-"),
    *(
        "",
        "x" * 33,
        "svc-" + "x" * 29,
        "Alice",
        "álice",
        "аlice",
        "al ice",
        "al.ice",
        "-a",
        "_a",
        "a\\",
        '"a"',
        "a:b",
        "$",
    ),
)
_KINDS = ("msg", "receipt", "typing", "event", "presence", "request", "Msg", "msgs", "", "#", "+")
_FORMS = (
    "u/{user}/msg/{me}",
    "u/{user}/msg/{me}",
    "u/{user}/receipt/{me}",
    "u/{user}/typing/{me}",
    "u/{me}/presence/{me}",
    "svc/contacts/request/{me}",
    "u/{o}/msg/{me}",
    "u/{o}/receipt/{me}",
    "u/{o}/typing/{me}",
    "u/{o}/event/{own}",
    "u/{o}/event/{service}",
    "u/{me}/presence/{me}",
    "u/{o}/presence/{a}",
    "g/{group}/msg/{me}",
    "g/{group}/msg/{me}",
    "g/{group}/msg/{a}",
    "g/{group}/typing/{me}",
    "g/{group}/event/{service}",
    "svc/{o}/request/{me}",
    "svc/{service}/request/{a}",
    "u/{o}/msg/{a}",
    "u/{o}/{kind}/{a}",
    "g/{o}/{kind}/{a}",
)
_FILTERS = (
    "u/{me}/#",
    "u/{o}/#",
    "u/+/msg/{me}",
    "u/+/receipt/{me}",
    "u/+/{kind}/{a}",
    "u/+/{kind}/+",
    "u/{user}/presence/{user}",
    "u/{o}/presence/{a}",
    "g/{group}/#",
    "g/{o}/#",
    "g/+/msg/+",
    "g/+/{kind}/+",
    "svc/{service}/request/+",
    "svc/{o}/request/+",
    "u/+/event/groups",
    "u/{o}/{kind}/{a}",
    "+/+/+/+",
    "#",
    "u/#",
)
_DROPPED = "$SYS/broker/publish/messages/dropped"
_BESIDE = (
    _DROPPED,
    f"/{_DROPPED}",
    f"{_DROPPED}/x",
    _DROPPED[:-1],
    "$SYS/#",
    "$SYS/broker/uptime",
    "#",
    "+/#",
    "x",
    "/",
)
_SHARES = ("$share/g/", "$share/xasup/", "$CONTROL/", "$SYS/", "/")


def steps(dice: Random, attempts: int) -> Iterator[Step]:
    """Until there have been so many attempts."""
    while attempts > 0:
        step = _step(dice)
        attempts -= len(step.attempts)
        yield step


def _step(dice: Random) -> Step:
    hidden = dice.random() < 0.01
    changes = [_change(dice) for _ in range(dice.choice((1, 1, 2, 3, 8)))]
    away = tuple(ear for ear in EARS if ear.endswith("ear5") and dice.random() < 0.03)
    tries = tuple(_attempt(dice) for _ in range(dice.choice((20, 50, 80))))
    changes.append(Change(Become.HIDDEN if hidden else Become.FOUND))
    return Step(tuple(changes), () if hidden else away, tries, dice.random() < 0.03)


def _change(dice: Random) -> Change:
    user, other, device = dice.choice(USERS), dice.choice(USERS), dice.choice((*MOUTHS, *EARS, *DOORS, *DOORS))
    match dice.randrange(30):
        case 0:
            return Change(dice.choice((Become.GONE, Become.SUSPENDED)), user)
        case 1 | 2 | 3 | 4 | 5 | 6:
            return Change(dice.choice((Become.COME, Become.RESUMED)), user)
        case 7:
            return Change(dice.choice((Become.SERVER, Become.NO_SERVER)), user)
        case 8 | 9:
            return Change(dice.choice((Become.SERVER, Become.NO_SERVER, Become.SERVER)), dice.choice(SERVERS[:3]))
        case 10 | 11:
            return Change(dice.choice((Become.REVOKED, Become.EXPIRED, Become.ROTATED)), device)
        case 12 | 13 | 14 | 15 | 16 | 17 | 18:
            return Change(dice.choice((Become.LINKED, Become.LASTING)), device)
        case 19 | 20 | 21 | 22 | 23 | 24:
            return Change(dice.choice((Become.ACCEPTS, Become.ACCEPTS, Become.REFUSES)), user, other)
        case _:
            return Change(dice.choice((Become.JOINED, Become.LEFT)), dice.choice(GROUPS), user)


def _attempt(dice: Random) -> Attempt:
    match dice.randrange(10):
        case 0:
            return _connect(dice)
        case 1 | 2 | 3:
            client = dice.choice(MOUTHS)
            return Listen(client, _askable(dice, client, _FILTERS, _can_be_subscribed))
        case _:
            client = dice.choice(MOUTHS)
            topic = _askable(dice, client, _FORMS, _can_be_published)
            size = dice.choice((65_536, 65_537, 196_608, 196_609)) if dice.random() < 0.01 else 0
            return Say(client, topic, dice.choice((0, 1, 1)), dice.random() < 0.2, size)


def _connect(dice: Random) -> Connect:
    """With their own token only at doors: who is in the room already would lose the connection."""
    door, client = dice.choice(DOORS), dice.choice((*MOUTHS, *EARS))
    version = dice.choice((4, 5))
    user, _, device = door.partition(":")
    match dice.randrange(6):
        case 0:
            return Connect(client, client.partition(":")[0], dice.choice(SECRETS[4:]), version)
        case 1:
            return Connect(door, dice.choice((*USERS, "", door, user.upper(), user + " ")), "right", version)
        case 2:
            odd = (user, f"{user}:", f":{device}", f"{door}:x", door.upper(), f"{door} ", f"{user}:{'d' * 33}")
            return Connect(dice.choice(odd), user, "right", version)
        case _:
            return Connect(door, user, dice.choice(SECRETS), version)


def _askable(dice: Random, client: str, forms: tuple[str, ...], askable: Callable[[str], bool]) -> str:
    return next(text for text in iter(lambda: _spelled(dice, client, forms), None) if askable(text))


def _spelled(dice: Random, client: str, forms: tuple[str, ...]) -> str:
    """Mostly as it should be; now and then a level more or less, or something before."""
    me, name = client.partition(":")[0], dice.choice(_NAMES)
    text = "xasup/v1/" + dice.choice(forms).format(
        me=me,
        o=dice.choice((*USERS, me, me, name)),
        a=dice.choice((me, me.removeprefix("svc-"), dice.choice(USERS), name)),
        user=dice.choice(USERS),
        group=dice.choice((*GROUPS, *GROUPS, name)),
        own=me.removeprefix("svc-"),
        service=dice.choice(("contacts", "bridge", "groups", me.removeprefix("svc-"), name)),
        kind=dice.choice(_KINDS),
    )
    levels = text.split("/")
    match dice.randrange(40):
        case 0:
            levels.insert(dice.randrange(len(levels) + 1), dice.choice(_NAMES))
        case 1:
            levels.pop(dice.randrange(len(levels)))
        case 2:
            levels[dice.randrange(len(levels))] = dice.choice((*_NAMES, "+", "v2", "U"))
        case 3:
            return dice.choice(_SHARES) + text
        case 4:
            return dice.choice(_BESIDE)
    return "/".join(levels)


def _can_be_published(topic: str) -> bool:
    return topic != "" and not set(topic) & set("+#")


def _can_be_subscribed(filter: str) -> bool:
    """By the rules of MQTT; the broker closes the connection of others."""
    levels = filter.split("/")
    if filter == "" or "#" in levels[:-1] or any(len(level) > 1 and set(level) & set("+#") for level in levels):
        return False
    return levels[0] != "$share" or (len(levels) > 2 and levels[1] not in ("", "+", "#") and "/".join(levels[2:]) != "")
