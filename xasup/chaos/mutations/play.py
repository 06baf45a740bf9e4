"""The act in which everything that strangers can send is spoiled, while two honest people talk: nothing may fall over.

Refuses to know: how it is reported.
"""

from __future__ import annotations

import random
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from contacts.accounts import befriend, create_person, ensure_service
from xasup.chaos import troupe
from xasup.chaos.accounts import address, enforced, linked, now
from xasup.chaos.act import Mark, Order, Outcome, Say
from xasup.chaos.growth import HEAPS, RESTARTED
from xasup.chaos.meter import Meter, Reading, measuring
from xasup.chaos.mutations import bystanders, letters
from xasup.chaos.mutations.assault import Assault
from xasup.chaos.mutations.bystanders import Told
from xasup.chaos.mutations.commands import Runner
from xasup.chaos.mutations.lines import lines
from xasup.chaos.mutations.seeds import EVENTS
from xasup.chaos.troupe import Phase, Role, Troupe
from xasup.protocol.connect import ConnectString
from xasup.protocol.ids import ClientId, DeviceId, UserId, service_account
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child, Recipe
from xasup.stack import apart, environment_of, stack
from xasup.wire.mqtt import Wire, connect
from xasup.wire.truth import open_truth

FELL, SILENT, SLOW, UNHEARD, COMMANDS, GREW = (
    "traceback in a log",
    "does not answer",
    "bystanders too slow",
    "bystanders' messages lost",
    "command line",
    "memory grew",
)
MOST_MEMORY = 50e6  # bytes more, of each part
MOST_P99 = 0.1  # seconds
LOG_MEMORY = 16 << 20  # bytes; what is kept in Redis is no leak
_FALLS = (b"Traceback (most recent call last)", b'"exc_type"', b"Segmentation fault", b"AddressSanitizer")
_EXCERPT = 400  # bytes
GANG = 16
READER, PEOPLE = "reader", "bystanders"


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many of each are spoiled."""

    packets: int
    payloads: int
    requests: int
    commands: int


LONG, SHORT = Amounts(50_000, 20_000, 5_000, 2_000), Amounts(1_000, 400, 100, 40)


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is there. *clients*: by user, with their tokens; *gang*: more devices of eve; *services*: under
    whose name a stranger writes."""

    settings: Settings
    clients: Mapping[str, tuple[ClientId, str]]
    gang: Sequence[tuple[ClientId, str]]
    services: Mapping[str, Wire]
    eve: Wire
    asker: letters.Asker

    def account(self, user: str) -> ConnectString:
        client, token = self.clients[user]
        return ConnectString(client, token, self.settings.host, self.settings.mqtt_port)


async def play(order: Order, folder: Path, say: Say, given: Amounts | None = None) -> Outcome:
    """On free ports, in *folder*. *given*: other amounts than the form has, for tests."""
    amounts, told_file = given or (SHORT if order.short else LONG), folder / "bystanders"
    settings = apart(folder, order.log, rate=0).model_copy(update={"log_memory": LOG_MEMORY})
    marks, silent, wrong_lines, counts = list[Mark](), list[str](), list[str](), dict[str, float]()
    async with AsyncExitStack() as stage:
        parts = await stage.enter_async_context(stack(settings, say, order.modules))
        scene = await stage.enter_async_context(_scene(settings))
        people = await stage.enter_async_context(_people(scene, folder, told_file, order.actor))
        meter = await stage.enter_async_context(measuring({**parts, **people}, {}))
        begun = now()

        async def phase(name: str, work: Callable[[random.Random], Awaitable[None]]) -> None:
            at = now()
            await work(random.Random(f"{order.seed} {name}"))  # noqa: S311 - so that each can be played again
            marks.append(Mark(name, (at - begun) / 1000, (now() - begun) / 1000))
            say(f"{name}: {(now() - at) / 1000:.1f} s")

        async def packets(dice: random.Random) -> None:
            port, bob = settings.mqtt_port, UserId("bob")
            assault = Assault(port, scene.gang, scene.clients["eva"], bob, dice)
            await assault.run(amounts.packets)
            counts.update({"packets": assault.sent, "connections ended": assault.ended})

        async def payloads(dice: random.Random) -> None:
            await letters.write(scene.eve, scene.services, UserId("eve"), UserId("bob"), amounts.payloads, dice)
            counts["payloads"] = amounts.payloads
            if not await scene.asker.reaches(UserId("bob")):
                silent.append(f"{READER}, after {amounts.payloads} spoiled payloads")

        async def requests(dice: random.Random) -> None:
            silent.extend(await scene.asker.ask(amounts.requests, dice))
            counts.update({"requests": amounts.requests, "answers": scene.asker.answers})

        async def commands(dice: random.Random) -> None:
            runner = Runner(folder / "desk", environment_of(settings))
            wrong_lines.extend(await runner.run(lines(scene.account("carol").reveal(), dice), amounts.commands))
            statuses = {f"status {status}": number for status, number in sorted(runner.statuses.items())}
            counts.update({"command lines": amounts.commands, "as processes": runner.processes, **statuses})

        for name, work in (
            ("packets", packets),
            ("payloads", payloads),
            ("requests", requests),
            ("commands", commands),
        ):
            await phase(f"spoiled {name}", work)
    heard = bystanders.told(told_file)
    wrong = {**_wrong(meter, heard, settings.logs, order.short), SILENT: silent, COMMANDS: wrong_lines}
    return Outcome("mutations", order, counts | _figures(meter, heard), wrong, marks)


def _wrong(meter: Meter, heard: Told, logs: Path, short: bool) -> dict[str, Sequence[str]]:
    late = heard.p99 > MOST_P99 and not short  # where tests run, others take the machine
    missing = [f"{heard.lost} of {heard.sent}"] if heard.lost else []
    ended = [f"{heard.ends} connections ended"] if heard.ends else []
    return {
        RESTARTED: [f"{part}: {count} times" for part, count in meter.restarts.items() if count],
        FELL: list(fallen(logs)),
        UNHEARD: [*missing, *ended],
        SLOW: [f"{heard.p99 * 1000:.0f} ms at p99; {MOST_P99 * 1000:g} ms are allowed"] if late else [],
        GREW: [
            f"{part}: {more / 1e6:.0f} MB"
            for part, more in _grown(meter.readings)
            if part not in HEAPS and more > MOST_MEMORY
        ],
    }


def fallen(logs: Path) -> Iterator[str]:
    """What logs say of exceptions that nobody expected, and of crashes: part, and how it begins."""
    for path in sorted(logs.iterdir()):
        data = path.read_bytes()
        at = min((place for sign in _FALLS if (place := data.find(sign)) >= 0), default=-1)
        if at >= 0:
            line = data.rfind(b"\n", 0, at) + 1
            yield f"{path.stem}: {data[line : line + _EXCERPT].decode(errors='replace')}"


def _grown(readings: Mapping[str, Sequence[Reading]]) -> Iterator[tuple[str, float]]:
    for part, found in readings.items():
        yield part, max(it.memory for it in found) - found[0].memory


def _figures(meter: Meter, heard: Told) -> dict[str, float]:
    people = {"said by bystanders": heard.sent, "p99 ms": round(heard.p99 * 1000, 2)}
    slowest = {"slowest ms": round(heard.slowest * 1000, 1)}
    return {**people, **slowest, **{f"{part} +MB": round(more / 1e6, 1) for part, more in _grown(meter.readings)}}


@asynccontextmanager
async def _scene(settings: Settings) -> AsyncIterator[Scene]:
    """Accounts, and the connections of those who write badly. Services have a second device each, for the events."""
    people = ("alice", "zoe", "bob", "eve", "eva", "carol", "dave", "frank", "mallet")
    clients = {name: ClientId(UserId(name), DeviceId("laptop")) for name in people}
    actors = {service: ClientId(service_account(service), DeviceId("stranger")) for service in EVENTS}
    async with AsyncExitStack() as stage:
        async with open_truth(settings.redis_url) as truth:
            for client in clients.values():
                await create_person(truth, client.user, now())
            for one, other in (("alice", "zoe"), ("eve", "bob"), ("carol", "dave"), ("mallet", "bob")):
                await befriend(truth, UserId(one), UserId(other), now())
            tokens = {name: (client, await linked(truth, client)) for name, client in clients.items()}
            gang = [ClientId(UserId("eve"), DeviceId(f"device{number}")) for number in range(GANG)]
            members = [(client, await linked(truth, client)) for client in gang]
            keys = {service: (client, secrets.token_urlsafe(32)) for service, client in actors.items()}
            for client, token in keys.values():
                await ensure_service(truth, client.user, client.device, token, now())
            await enforced(truth, settings)
        wires = {
            service: await stage.enter_async_context(connect(address(settings, *key))) for service, key in keys.items()
        }
        eve = await stage.enter_async_context(connect(address(settings, *tokens["eve"])))
        asker = await stage.enter_async_context(letters.asking(address(settings, *tokens["mallet"]), clients["mallet"]))
        yield Scene(settings, tokens, members, wires, eve, asker)


@asynccontextmanager
async def _people(scene: Scene, folder: Path, file: Path, actor: str) -> AsyncIterator[dict[str, Child]]:
    """The two who talk, and bob, whose engine reads all that is sent to him."""
    troupe.announce(folder, Phase.TALK)
    play = Troupe(folder / "reader.json", [Role(scene.account("bob"), [], 0.0, folder)])
    play.write()
    logs = scene.settings.logs
    words = bystanders.engaged(file, scene.account("alice"), scene.account("zoe"))
    async with AsyncExitStack() as stage:
        yield {
            PEOPLE: await stage.enter_async_context(Child(Recipe(PEOPLE, words, logs / "bystanders.log"))),
            READER: await stage.enter_async_context(
                Child(Recipe(READER, [sys.executable, "-m", actor, str(play.file)], logs / "reader.log"))
            ),
        }
