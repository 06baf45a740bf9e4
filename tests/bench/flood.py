"""`flood`: what two people who talk notice of a third who writes as fast as the broker takes it.

Ours is the 99th percentile of their messages, one at a time, during the flood; the peer is the same broker without one.
The programs that flood get what processor time the others leave: in life they run on machines of their own. As root,
`chrt -f 5 xasup bench flood` measures whatever else the machine does, which stands still meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.brokers import OURS, serve, settings_of, versions
from tests.bench.directories import filled
from tests.bench.duel import sound
from tests.bench.generator import Connection, Generator, build
from tests.bench.population import RECORD, TOKEN, Population
from tests.bench.rounds import Contest, Rounds, Sample, closing
from xasup.protocol import topics
from xasup.protocol.access import DEPTH, RATE
from xasup.protocol.directory import NO_RATE, Edit, UserRecord, set_contact, set_device, set_user
from xasup.protocol.ids import ClientId, DeviceId, UserId

PAYLOAD = 150  # bytes
LARGEST = 65_536
FLOODER, FRIEND = UserId("flooder"), UserId("friend")
UNLIMITED, USUAL = UserRecord(rate=NO_RATE), UserRecord(rate=RATE, burst=RATE * DEPTH)
LIMITED = UserRecord(rate=100, burst=100)


def run(
    folder: Path, contest: Contest, rounds: int = 5, edges: int = 100_000, seconds: float = 2, size: int = 2
) -> dict[str, Any]:
    """*size*: devices of the user who floods, half of them at QoS 1; a friend reads it all."""
    generator, people = build(folder), Population.of_edges(edges, at_least=50)
    pair = _pair(generator, people)
    directory = filled(settings_of(folder, OURS).directory, people, contest.say)
    words = {"payload": PAYLOAD, "window": 1, "seconds": seconds, "warm-up": min(0.3, seconds)}

    def compare(title: str, flooder: UserRecord, payload: int, rounds: int) -> Rounds:
        contest.say(f"{title}:")
        directory.apply(_flooders(size, flooder), f"{payload}-{flooder.rate}")
        plan = _plan(generator, size)

        def quiet() -> Sample:
            return sound(generator.run("flow", broker.port, pair, {**words, "watch": broker.pid}))

        def flooded() -> Sample:
            with generator.flood(broker.port, plan, {"payload": payload}) as said:
                sample = quiet()
            return sample | said

        return contest.alternate(flooded, quiet, rounds, "p99_us", "µs")

    with serve(folder, OURS) as broker:
        main = compare(f"a flood of who may write {USUAL.rate} a second, as everybody", USUAL, PAYLOAD, rounds)
        free = compare("a flood without a limit", UNLIMITED, PAYLOAD, min(3, rounds))
        limited = compare(f"a flood of who may write {LIMITED.rate} a second", LIMITED, PAYLOAD, min(3, rounds))
        large = compare("a flood of 64 KiB each, without a limit", UNLIMITED, LARGEST, min(3, rounds))
    tells = {
        "flooding_devices": size,
        **_brief(main),
        "without_a_limit": _brief(free),
        "limited": _brief(limited),
        "of_64_kib": _brief(large),
        "versions": versions(),
    }
    return closing("flood", "p99_us", "µs", main, tells)


def _brief(measured: Rounds) -> dict[str, Any]:
    """*flood*: messages in each measurement, as a median: what was written, refused, and got to the friend."""
    counts = {name: sorted(sample[name] for sample in measured.ours) for name in ("sent", "refused", "delivered")}
    return {
        "p50_us": measured.medians("p50_us", 1),
        "p99_us": measured.medians("p99_us", 1),
        "ratios_of_p99": measured.ratios("p99_us"),
        "broker_share_of_a_core": measured.medians("broker_share"),
        "flood": {name: values[len(values) // 2] for name, values in counts.items()},
    }


def _pair(generator: Generator, people: Population) -> Path:
    to = people.contacts(0)[0]
    return generator.plan("pair", [people.receiver(to), people.sender(0, [to])])


def _flooders(size: int, flooder: UserRecord) -> Iterator[Edit]:
    yield set_user(FLOODER, flooder)
    yield set_user(FRIEND, UserRecord())
    yield set_contact(FRIEND, FLOODER, True)
    for client in (*_devices(size), ClientId(FRIEND, DeviceId("d"))):
        yield set_device(client, RECORD)


def _devices(size: int) -> list[ClientId]:
    return [ClientId(FLOODER, DeviceId(f"d{number}")) for number in range(size)]


def _plan(generator: Generator, size: int) -> Path:
    friend = Connection(str(ClientId(FRIEND, DeviceId("d"))), FRIEND, TOKEN, topics.mailbox(FRIEND))
    to = (topics.message(FRIEND, FLOODER),)
    return generator.plan("flood", [friend, *(Connection(str(it), FLOODER, TOKEN, "-", to) for it in _devices(size))])
