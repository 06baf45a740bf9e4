"""T7: consent ends, again and again, while messages flow; who wrote after the answer reaches nobody.

All who write, ask and listen are in this process and share its clock, so "after the answer" is a fact, not a guess.
Refuses to know: who asked for it, how it is reported.
"""

from __future__ import annotations

import asyncio
import random
import statistics
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from xasup.chaos.act import Mark, Order, Outcome, Say
from xasup.chaos.cast import GROUP, engage
from xasup.chaos.cutoff import ACCEPTED, REFUSED, Ending, Flow, Hearer, judge, waves
from xasup.chaos.outcome import percentile
from xasup.chaos.peer import Peer
from xasup.chaos.torrent import Torrent
from xasup.chaos.ways import TIMED, WAYS, Scene, Way, restore
from xasup.protocol import topics
from xasup.protocol.errors import Unavailable
from xasup.protocol.streams import Stream
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child
from xasup.stack import apart, stack
from xasup.wire.log import open_log

RATE, BACK = 500.0, 100.0  # messages a second on the edge, and on the one back (in a group: of another member)
LIMIT = 10.0  # milliseconds at p99, from the request to its answer, of what is asked over MQTT and answered at once
SLOW = "revocation too slow"
LOG = "the log"
_WARM, _ON = (0.05, 0.15), 0.1  # seconds for which messages flow before the request, and after the answer
_ARRIVAL = 15.0  # seconds for what was accepted to arrive


async def revoke(order: Order, folder: Path, say: Say) -> Outcome:
    """T7."""
    dice, settings = random.Random(order.seed), apart(folder, order.log, rate=0)  # noqa: S311 - a schedule, not a secret
    number = order.rounds if order.rounds is not None else 8 if order.short else 200
    ways = dice.sample([WAYS[turn % len(WAYS)] for turn in range(number)], number)
    endings, marks, clock = list[Ending](), list[Mark](), asyncio.get_running_loop().time
    async with stack(settings, say, order.modules) as children, _scene(settings, children, dice) as scene:
        heard = {peer.user: peer.heard for peer in (scene.alice, scene.bob, scene.carol)} | {LOG: set[str]()}
        following = asyncio.create_task(_follow(settings, heard[LOG]), name="the log")
        begun = clock()
        for turn, way in enumerate(ways):
            played = await _end(scene, turn, way)
            endings.append(played)
            end = clock() if played.answered is None else played.answered
            marks.append(Mark(way.name, played.asked - begun, end - begun))
            say(f"{way.name}: {(end - played.asked) * 1000:.1f} ms")
            await restore(scene, way)
        await _arrive(heard[LOG], {it for ending in endings for flow in ending.flows for it in _accepted(flow)})
        for peer in (scene.alice, scene.bob, scene.carol):
            await peer.fence()
        following.cancel()
        await asyncio.wait([following])
    return _outcome(order, ways, endings, heard, marks, begun)


@asynccontextmanager
async def _scene(settings: Settings, children: Mapping[str, Child], dice: random.Random) -> AsyncIterator[Scene]:
    cast = await engage(settings, 6)
    alice, bob, carol = cast.senders[0], cast.receivers[0], cast.receivers[1]
    one, two, three = (Peer(cast.connects[user], [GROUP]) for user in (alice, bob, carol))
    scene = Scene(settings, children, dice, one, two, three)
    async with scene.alice.coming(), scene.carol.coming():
        await scene.come()
        try:
            yield scene
        finally:
            await scene.leave()


async def _end(scene: Scene, turn: int, way: Way) -> Ending:
    clock = asyncio.get_running_loop().time
    if way.away:
        await scene.leave()
    torrents = _group(scene, turn) if way.group else _pair(scene, turn, way)
    answered = None
    async with AsyncExitStack() as pouring:
        for torrent in torrents:
            await pouring.enter_async_context(torrent.pouring())
        await asyncio.sleep(scene.dice.uniform(*_WARM))
        broken = asyncio.create_task(way.broken(scene), name=way.name) if way.broken else None
        await asyncio.sleep(0)  # what is broken at once is broken before the request
        asked = clock()
        with suppress(Unavailable):  # told as one without an answer
            answered = await way.revoke(scene)
        for torrent in torrents:
            torrent.burst()
        if broken is not None:
            await broken
        await asyncio.sleep(_ON)
    if way.away:
        await scene.come()
    ending = Ending(way.name, asked, answered, [torrent.flow for torrent in torrents])
    for flow in ending.flows:
        for peer in (scene.alice, scene.bob, scene.carol):
            if Hearer(peer.user, barred=False) in flow.hearers:
                await peer.hears(_accepted(flow), _ARRIVAL)
    return ending


def _pair(scene: Scene, turn: int, way: Way) -> list[Torrent]:
    """Between alice and bob, who may be away."""
    alice, bob, log = scene.alice, scene.bob, Hearer(LOG, barred=False)
    to_bob = Flow(f"{turn}-to-{bob.user}", True, (Hearer(bob.user, barred=False), log))
    torrents = [Torrent(alice.connected, topics.message(bob.user, alice.user), to_bob, RATE)]
    if not way.away:
        to_alice = Flow(f"{turn}-to-{alice.user}", True, (Hearer(alice.user, barred=False), log))
        torrents.append(Torrent(bob.connected, topics.message(alice.user, bob.user), to_alice, BACK))
    return torrents


def _group(scene: Scene, turn: int) -> list[Torrent]:
    """bob, who goes, writes to the group, and carol, who stays."""
    alice, bob, carol = scene.alice, scene.bob, scene.carol
    stay = [Hearer(name, barred=False) for name in (alice.user, LOG)]
    of_bob = Flow(f"{turn}-of-{bob.user}", True, (*stay, Hearer(carol.user, barred=False)))
    of_carol = Flow(f"{turn}-of-{carol.user}", False, (*stay, Hearer(bob.user, barred=True)))
    return [
        Torrent(bob.connected, topics.group_message(GROUP, bob.user), of_bob, RATE),
        Torrent(carol.connected, topics.group_message(GROUP, carol.user), of_carol, BACK),
    ]


def _accepted(flow: Flow) -> set[str]:
    return {it.text for it in flow.sent if it.fate == ACCEPTED}


async def _follow(settings: Settings, heard: set[str]) -> None:
    """What is kept, from which history answers."""
    async with open_log(settings.log_url) as log, log.reader([Stream.MESSAGES], {}) as reader:
        while True:
            with suppress(Unavailable):
                heard.update(entry.value.decode() for entry in await reader.read(1000, 1.0))


async def _arrive(heard: set[str], texts: set[str]) -> None:
    """Until the log has them, or does not get them."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_ARRIVAL):
            while not texts <= heard:  # noqa: ASYNC110 - the reader of the log knows nobody who waits
                await asyncio.sleep(0.05)


def _outcome(
    order: Order,
    ways: Sequence[Way],
    endings: Sequence[Ending],
    heard: Mapping[str, set[str]],
    marks: Sequence[Mark],
    begun: float,
) -> Outcome:
    sent = [it for ending in endings for flow in ending.flows for it in flow.sent]
    counts: dict[str, float] = {
        "revocations": len(endings),
        "messages": len(sent),
        "accepted": sum(it.fate == ACCEPTED for it in sent),
        "refused": sum(it.fate == REFUSED for it in sent),
        "written after the answer": sum(
            len(waves(ending, flow).after) for ending in endings for flow in ending.flows if flow.barred
        ),
    }
    counts["messages a second on the edge"] = round(statistics.median(map(_pace, endings)) if endings else 0.0)
    wrong = {**judge(endings, heard), SLOW: list[str]()}
    for timed in TIMED:
        took = sorted(_took(ways, endings, timed))
        if took:
            counts |= {
                f"p50 ms{timed}": percentile(took, 50),
                f"p99 ms{timed}": percentile(took, 99),
                f"slowest ms{timed}": took[-1],
            }
    if not order.short and counts.get("p99 ms", 0.0) > LIMIT:
        wrong[SLOW] = [f"{counts['p99 ms']:.1f} ms at p99; {LIMIT:g} ms are allowed"]
    rates = {"sent": _rate((it.at for it in sent), begun)}
    rates["refused"] = _rate((it.at for it in sent if it.fate == REFUSED), begun)
    return Outcome("T7", order, counts, wrong, marks, rates)


def _pace(ending: Ending) -> float:
    """Messages a second of the main flow, as they were really written."""
    sent = ending.flows[0].sent
    return (len(sent) - 1) / (sent[-1].at - sent[0].at)


def _took(ways: Sequence[Way], endings: Sequence[Ending], timed: str) -> Iterable[float]:
    for way, ending in zip(ways, endings, strict=True):
        if way.timed == timed and ending.answered is not None:
            yield round((ending.answered - ending.asked) * 1000, 2)


def _rate(times: Iterable[float], begun: float) -> list[int]:
    """How many in each second since *begun*."""
    counter = Counter(int(at - begun) for at in times)
    return [counter[second] for second in range(1 + max(counter, default=-1))]
