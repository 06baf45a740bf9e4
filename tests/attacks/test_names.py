"""Names, labels, greetings, texts, reasons and arguments that would take hold of a terminal or add lines to what it
shows: what the commands print, as a table and as JSON, and what is logged, has none of it. (Screens:
tests/tui_client; a listener: tests/cli/test_send_listen.py.)"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from bridge import dead_letters
from bridge.ways import Ways
from tests.attacks.hostile import TERMINAL
from tests.cli.test_log import WHEN
from tests.support import mailboxes
from tests.support.commands import FOREVER, Commands
from tests.support.redis import running_redis
from tests.tui_client.hostile import HOSTILE, LONELY
from xasup.client.place import default_path
from xasup.protocol import changes, codec, connect, envelope, topics
from xasup.protocol.changes import Change
from xasup.protocol.contacts import Edge, Policy, Side
from xasup.protocol.envelope import Message
from xasup.protocol.errors import Malformed
from xasup.protocol.groups import Role
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.inert import one_line
from xasup.protocol.records import Contact, Device, Group, Membership, Pending, User
from xasup.protocol.states import State
from xasup.protocol.streams import Header
from xasup.runtime import logs
from xasup.wire.log import open_log
from xasup.wire.log.port import Position, Record
from xasup.wire.store import Arrival, Task, open_file
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Step

VICTIM, AT = UserId("victim"), 1_792_000_000_000  # milliseconds
FORGED = "FORGED"  # what a new line of a name would begin with
TEXTS = (
    *HOSTILE,  # up to 60,001 bytes that are one character on a screen
    TERMINAL,
    f"x\n{FORGED}",
    f"x\r{FORGED}",
    f"x\u2028{FORGED}",
    f"x\x85{FORGED}",
)
CORPUS = tuple(text[:4000] for text in TEXTS)  # as names
NUMBERS = range(len(CORPUS))
ACCOUNT = f"xasup://{VICTIM}:TOKEN@127.0.0.1:1883/laptop"


def named(kind: str, number: int) -> UserId:
    return UserId(f"{kind}{number:02}")


@pytest.fixture(scope="module")
def xasup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """All that is kept anywhere has a hostile text in each place for one."""
    folder = tmp_path_factory.mktemp("names")
    with running_redis() as redis, pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(name, str(folder / "home"))
        patch.setenv("XASUP_CONNECT", ACCOUNT)
        xasup = Commands(redis.url, folder)
        xasup.report(FOREVER)
        xasup.put(Step(put={Cell(tables.USERS, VICTIM): User().encode()}), *(step(number) for number in NUMBERS))
        asyncio.run(_fill_the_log(redis.url))
        _fill_history(folder / "history" / "history.sqlite")
        _fill_the_device()
        yield xasup


def step(number: int) -> Step:
    text, other, group = CORPUS[number], named("u", number), named("g", number)
    token = bytes([number]) * 32
    edge = Side(Edge.ASKED, Edge.ACCEPTED)
    return Step(
        put={
            Cell(tables.USERS, other): User(Policy.ASK, name=text, created=AT).encode(),
            Cell(tables.devices(VICTIM), named("d", number)): Device(token, 0, AT, "admin", label=text).encode(),
            Cell(tables.contacts(VICTIM), other): Contact(edge, AT, text).encode(),
            Cell(tables.PENDING, f"{VICTIM}/{other}"): Pending(AT, text).encode(),
            Cell(tables.GROUPS, group): Group(text, AT, other).encode(),
            Cell(tables.members(group), other): Membership(Role.OWNER, AT).encode(),
            Cell(tables.memberships(VICTIM), group): Membership(Role.INVITED, AT).encode(),
        }
    )


def payload(number: int) -> bytes:
    return envelope.encode(Message(MessageId(f"m{number}"), AT + number, TEXTS[number], number + 1))


def records(number: int) -> list[Record]:
    """A message, a decision, and two letters that nobody could read."""
    text, ways = CORPUS[number], Ways("n1")
    way = ways.find(topics.message(VICTIM, named("u", number)).encode())
    head = [*way.headers, (Header.ID, f"m{number}".encode()), (Header.TIME, WHEN)]
    decision = Change("groups.rename", text, AT, (text,), (), ())
    return [
        Record(way.stream, way.key, payload(number), head),
        Record("xasup.contacts", text.encode(), changes.encode(decision), [(Header.ID, b"1")]),
        dead_letters.bury(way, text.encode(), Malformed(text), "given", WHEN),
        dead_letters.bury(ways.find(f"x/{text}".encode()), codec.encode({"id": text}), Malformed("x"), "given", WHEN),
    ]


async def _fill_the_log(url: str) -> None:
    async with open_log(url) as log:
        outcomes = await log.append([record for number in NUMBERS for record in records(number)])
    assert all(isinstance(outcome, Position) for outcome in outcomes)


def _fill_history(path: Path) -> None:
    boxes = mailboxes.sqlite(path)
    for number in NUMBERS:
        mailboxes.keep(boxes, mailboxes.message(named("u", number), VICTIM, f"m{number}", AT + number, payload(number)))
    boxes.close()


def _fill_the_device() -> None:
    account = connect.parse(ACCOUNT)
    with closing(open_file(default_path(account), account.client)) as store, store.transaction():
        store.inbox.add([Arrival("u00", "u00", f"m{n}", payload(n), AT + n, State.READ, Task.NONE) for n in NUMBERS])


LISTINGS = [
    "users list",
    f"users show {VICTIM}",
    f"devices list {VICTIM}",
    "contacts list",
    f"contacts list {VICTIM}",
    "contacts pending",
    "groups list",
    f"history {VICTIM} --states",
    "log tail",
    "log tail --stream contacts",
    "log tail --stream dead-letters",
    "log stats",
    "log dead-letters list",
    "audit",
    "doctor",
    "status",
]
EACH = [
    f"contacts show {VICTIM} u{{:02}}",
    "groups show g{:02}",
    f"acl check u{{:02}} {VICTIM}",
    "users show u{:02}",
]
SAYING = ["users rename u00", f"devices rename {VICTIM} d00", "groups rename g00"]  # ... and what they are called now
ASKING = [
    "users list",  # which takes no argument
    "users show",
    "devices list",
    "history",
    "acl check bob",
    "log dead-letters show",
    "wat",
    "log tail --conversation",
]
FORMS = pytest.mark.parametrize("form", ["", "--json"], ids=["table", "json"])


def harm(out: str) -> list[str]:
    """The lines of *out* in which something would act, or that a name has made."""
    return [line for line in out.split("\n") if one_line(line) != line or line.startswith(FORGED)]


def is_harmless(xasup: Commands, *words: str) -> None:
    result = xasup(*words)
    assert harm(result.out + "\n" + result.err) == [], words
    if "--json" in words:
        for line in result.out.splitlines():
            json.loads(line)


@FORMS
@pytest.mark.parametrize("command", LISTINGS)
def test_what_is_listed_is_inert(xasup: Commands, command: str, form: str) -> None:
    is_harmless(xasup, *command.split(), *form.split())


@FORMS
@pytest.mark.parametrize("command", EACH)
def test_what_is_shown_is_inert(xasup: Commands, command: str, form: str) -> None:
    for number in NUMBERS:
        is_harmless(xasup, *command.format(number).split(), *form.split())


@FORMS
def test_dead_letters_are_inert(xasup: Commands, form: str) -> None:
    found = xasup.done("log", "dead-letters", "list", "--json").json
    assert len(found) == 2 * len(CORPUS)
    for each in found[::5]:
        is_harmless(xasup, "log", "dead-letters", "show", each["position"], *form.split())


@FORMS
@pytest.mark.parametrize("command", [*SAYING, *ASKING])
def test_what_is_typed_comes_back_inert(xasup: Commands, command: str, form: str) -> None:
    """A script may have it from somebody else."""
    for text in (*CORPUS, LONELY):
        is_harmless(xasup, *command.split(), text[:60], *form.split())


def test_a_file_that_an_error_names_is_inert(xasup: Commands, tmp_path: Path) -> None:
    """Files may come from somebody else, too."""
    for text in CORPUS:
        path = tmp_path / f"_{text[:40]}".translate({ord("/"): "", 0: ""})
        path.touch()
        result = xasup("export", "u00", "--output", str(path))
        assert "is there already" in result.err
        assert harm(result.err) == [], text


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_an_export_is_inert(xasup: Commands, form: str) -> None:
    """A tab is kept: it does no more than blanks; in HTML a line ends where an element does."""
    said = xasup.done("export", "u00", "--format", form).out.replace("\t", " ")
    assert harm(said.replace("\n", " ") if form == "html" else said) == []


def test_json_says_what_they_are(xasup: Commands) -> None:
    """Spelled, not lost."""
    said = {each["user"]: each["name"] for each in xasup.done("users", "list", "--json").json}
    assert [said[named("u", number)] for number in NUMBERS if number] == list(CORPUS[1:])


@pytest.mark.parametrize("text", CORPUS, ids=[f"{number:02}" for number in NUMBERS])
def test_the_look_notices_what_is_not_inert(text: str) -> None:
    """The negative control: but for those that only look strange, and those whose lines are lines of their own."""
    assert (harm(text) != []) == (one_line(text.replace("\n", "")) != text.replace("\n", "") or f"\n{FORGED}" in text)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal], ids=["json", "terminal"])
def test_what_is_logged_is_inert(stream: type[io.StringIO]) -> None:
    written = stream()
    logs.configure("part", "info", written)
    try:
        for text in CORPUS:
            _log_everywhere(text)
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    said = written.getvalue()
    assert harm(said if stream is io.StringIO else _without_colours(said)) == []
    if stream is io.StringIO:
        lines = [json.loads(line) for line in said.splitlines()]
        assert [line["reason"] for line in lines if "reason" in line] == list(CORPUS)


def _log_everywhere(text: str) -> None:
    log = structlog.get_logger()
    log.info("said", reason=text)
    log.info("in a list", them=[text], more={text: (text,)}, error=Malformed(text))
    try:
        raise Malformed(text)  # noqa: TRY301 - the error is the subject
    except Malformed:
        log.exception("raised")


def _without_colours(said: str) -> str:
    for number in (0, 1, 2, *range(30, 38), *range(40, 48), *range(90, 98)):
        said = said.replace(f"\x1b[{number}m", "")
    return said.replace("\x1b[32m\x1b[1m", "")
