"""Command lines and what they read, spoiled: words, their input, configuration files, the environment. Pure.

What could leave this machine or the folder of the run is left out: a word never gains a `/`, and a connect string leads
to loopback or is no connect string. Refuses to know: who runs them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xasup.chaos.mutations.spoil import spoil, spoil_object, spoil_words
from xasup.protocol import codec, connect
from xasup.protocol.errors import Malformed

HOST = "127.0.0.1"
CONFIG, ACCOUNT, CONNECT = "config/xasup/chat.toml", "config/xasup/accounts/x.account", "spoiled.connect"
# These change nothing that other people of the run need, and end by themselves.
WORDS: tuple[str, ...] = (
    "users list --json",
    "users show carol",
    "users create erin --name Erin --policy ask --rate 10 --burst 5",
    "users rate carol 10 --burst 20",
    "users rename carol Caroline",
    "users policy carol admin",
    "users delete frank",
    "devices create carol phone --expires 90d --format mosquitto --host 127.0.0.1 --port 1883",
    "devices list carol --json",
    "devices rename carol phone Old",
    "devices revoke carol phone",
    "contacts list carol --state accepted",
    "contacts check carol dave",
    "contacts pending",
    "contacts approve carol dave",
    "contacts revoke carol dave",
    "contacts allow --one-way carol dave",
    "groups create walkers carol dave --name Walkers",
    "groups list --all",
    "groups members walkers",
    "groups rename walkers Climbers",
    "groups remove walkers dave",
    "groups end walkers",
    "acl check carol dave --json",
    "log tail --stream receipts --conversation carol:dave --since 10m",
    "log stats",
    "log dead-letters list",
    "log dead-letters show 0/1792000000123-1",
    "log dead-letters drop 0/1792000000123-1",
    "audit --since 2026-01-31 --most 3 --strict",
    "history bob --since 1h --limit 3 --states",
    "status --json",
    "send carol hello --re 0192f0c1 --timeout 2 --json",
    "export dave --format html --output page.html --force",
    "accounts list --json",
    "accounts show",
    "accounts add",
    "accounts use carol",
    "asyncapi",
    "completion bash",
)
CHAT = """\
theme = "nord"
[keys]
preset = "vim"
search = "ctrl+f"
[keys.message]
reply = "r"
top = "g g"
"""
ENVIRONMENT = {
    "XASUP_MQTT_PORT": "1883",
    "XASUP_LOG_LEVEL": "warning",
    "XASUP_LOG_MEMORY": "16777216",
    "XASUP_METRICS_PORT": "9400",
    "XASUP_TLS": "true",
    "XASUP_NODE": "local",
}
_ENDLESS = ("-f", "--f", "--w", "-w")  # whoever follows or watches ends only when told so


@dataclass(frozen=True, slots=True)
class Line:
    """*files*: by name, in the folder where it is run; *environment*: on top of the run's."""

    words: Sequence[str]
    input: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def lines(account: str, dice: random.Random) -> Iterator[Line]:
    """For ever. *account*: a connect string."""
    while True:
        line = _line(account, dice)
        if not any(word.startswith(_ENDLESS) for word in line.words) and all(map(_stays, line.words)):
            yield line


def _line(account: str, dice: random.Random) -> Line:
    match dice.randrange(8):
        case 0:
            return Line(["chat", "--plain"], files={CONFIG: spoil(CHAT.encode(), dice)})
        case 1:
            fields = {"connect": account, "ca": "ca.pem", "used": 1, "let_in": 2, "by_code": True}
            asked = dice.choice(("accounts", "accounts list --json", "accounts show carol", "accounts remove carol"))
            data = spoil_object(fields, dice) if dice.random() < 0.8 else codec.encode(fields)
            return Line(asked.split(), files={ACCOUNT: data})
        case 2:
            spoiled = _spoiled_account(account, dice)
            return Line(["send", "--connect-file", CONNECT, "--timeout", "2", "dave", "hi"], files={CONNECT: spoiled})
        case 3:
            name = dice.choice(list(ENVIRONMENT))
            value = "".join(spoil_words([ENVIRONMENT[name]], dice)).encode(errors="replace").decode()
            words = dice.choice((["users", "list"], ["acl", "check", "carol", "dave"]))
            return Line(words, environment={name: value})
        case _:
            words = spoil_words(dice.choice(WORDS).split(), dice)
            return Line([word.replace("/", "_") for word in words], input=dice.choice(("", "y\n", "\0\xff\n")))


def _spoiled_account(account: str, dice: random.Random) -> bytes:
    """Before or after the host."""
    before, host, after = account.partition(HOST)
    spoiled = (spoil(before.encode(), dice), host.encode(), after.encode())
    if dice.random() < 0.5:
        spoiled = (before.encode(), host.encode(), spoil(after.encode(), dice))
    data = b"".join(spoiled)
    return data if _stays(data.decode(errors="replace").strip().partition("\n")[0]) else account.encode()


def _stays(word: str) -> bool:
    """Leads nowhere, or to this machine."""
    try:
        return connect.parse(word).host == HOST
    except Malformed:
        return True
