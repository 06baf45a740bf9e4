"""`tui`: the terminal client on years of messages: how soon it is there, how fast it answers, what it takes.

The real program in a pseudo terminal, over the whole backend. The peer is an empty application of Textual, started in
turn with ours: nothing that is drawn with Textual starts sooner. All other figures stand alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path
from statistics import median
from typing import Any

from platformdirs import user_data_path

from tests.bench import backends, device_file
from tests.bench.brokers import OURS, versions
from tests.bench.crowd import ME, Crowd
from tests.bench.murmur import Plan, murmuring
from tests.bench.rounds import Contest, Sample, closing
from tests.support.teletype import Teletype, teletype
from xasup.client.place import default_path
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Unavailable
from xasup.wire.store import open_beside

SIZES = ((80, 24), (160, 50))
RATE, SPEAKERS = 200, 21  # messages a second, half of them in the open conversation
VISITORS, CHANGES = 200, 2  # contacts who come and go, so often a minute
KEYS_A_SECOND = 12
KEYS = "абвгдежзийклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξπρστυφχψω"  # nobody murmurs in these letters
FOUND = 50  # lines of one search
HOPELESS = 5.0  # seconds
_AT_ONCE = 18  # letters in the input line, before it is emptied
SEARCH = "words to look for"  # so says the field of the search while it is empty
INPUT = "message, or /command"  # the input line says so while it is empty, with the cursor on what stands before
PEER = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self): yield Static("here I am")
    def on_key(self): self.exit()
Empty().run()
"""


def run(
    folder: Path,
    contest: Contest,
    rounds: int = 5,
    stored: int = 1_000_000,
    size: int = 1000,
    seconds: float = 30.0,
) -> dict[str, Any]:
    """*stored*: messages in the device's file, a tenth of them in one conversation; *size*: conversations; *seconds*:
    of the measurement at rest, and for four keys each."""
    crowd, keys = Crowd(size), 8 + int(seconds * 4)
    cells = [*backends.users([ME, *crowd.names]), *backends.friends((ME, name) for name in crowd.names)]
    with backends.serve(folder, OURS, crowd, cells, contest.say) as backend:
        desk = Desk(folder, crowd, crowd.account(backend.settings.mqtt_port))
        device_file.write(desk.file, crowd, stored, time.time_ns() // 1_000_000, contest.say)
        started = contest.alternate(desk.start, desk.peer, rounds, "start_ms", "ms")
        tells = {
            "conversations": size,
            "messages": stored,
            "file_mib": desk.file.stat().st_size >> 20,
            "open_largest_ms": desk.largest(rounds),
            "search_ms": searched(desk.file, crowd, rounds),
            "search_on_screen_ms": desk.searching(rounds),
            "at_rest": desk.at_rest(seconds, contest),
            "keys": {f"{width}x{height}": desk.busy((width, height), keys, contest) for width, height in SIZES},
            "versions": versions(),
        }
    return closing("tui", "start_ms", "ms", started, tells)


@dataclass(frozen=True)
class Desk:
    """Where the program is started, with a home of its own in *folder*."""

    folder: Path
    crowd: Crowd
    account: ConnectString

    @property
    def file(self) -> Path:
        return self.folder / "home" / default_path(self.account).relative_to(user_data_path())

    @contextmanager
    def chat(self, size: tuple[int, int] = SIZES[0]) -> Iterator[Teletype]:
        """The program, once it can be used."""
        secret, files = self.folder / "secret", str(self.folder / "home")
        secret.write_text(self.account.reveal())
        words = [str(Path(sys.executable).with_name("xasup")), "chat", "--connect-file", str(secret)]
        with teletype(words, {"XDG_DATA_HOME": files, "XDG_CONFIG_HOME": files}, size) as screen:
            screen.sees(INPUT, self.crowd.names[0][:2])
            yield screen
            screen.types("\x11")  # Ctrl+Q
            screen.ends()

    def start(self) -> Sample:
        """Until the list, the newest conversation first, and the input line are there."""
        with self.chat() as screen:
            return {"start_ms": (screen.sees(self.crowd.names[-1]) - screen.began) * 1000}

    def peer(self) -> Sample:
        with teletype([sys.executable, "-c", PEER], {}) as screen:
            took = screen.sees("here I am") - screen.began
            screen.types("q")
            screen.ends()
        return {"start_ms": took * 1000}

    def largest(self, rounds: int) -> float:
        """Milliseconds from Enter until the newest lines of the largest conversation are there; the median."""
        taken = []
        for _ in range(rounds):
            with self.chat() as screen:
                screen.types(f"/open {self.crowd.names[-1]}\r")  # it may have come back to the largest by itself
                screen.rests(0.3)
                screen.types(f"/open {self.crowd.names[0]}")
                screen.rests(0.3)
                since, begun = len(screen.written), time.perf_counter()
                screen.types("\r")
                taken.append(screen.sees(device_file.LAST, since=since) - begun)
        return round(median(taken) * 1000, 1)

    def searching(self, rounds: int) -> dict[str, float]:
        """Milliseconds from each letter of words that somebody looks for until the screen says what is found."""
        taken = []
        with self.chat() as screen:
            for words in (device_file.RARE, device_file.COMMON[0]) * rounds:
                screen.types("\x07")  # Ctrl+G
                screen.sees(SEARCH, since=len(screen.written))
                taken += [found(screen, letter) for letter in words]
                screen.types("\x1b")  # Esc, and nothing at once behind it
                screen.rests(0.5)
        return percentiles(sorted(taken))

    def busy(self, size: tuple[int, int], keys: int, contest: Contest) -> dict[str, float]:
        """Keys until they are on the screen, and memory, while RATE messages a second arrive."""
        plan = Plan(self.account.port, ME, speakers=list(self.crowd.names[:SPEAKERS]), messages=RATE)
        with self.chat(size) as screen:
            screen.types(f"/open {self.crowd.names[0]}\r")
            with murmuring(plan):
                screen.sees("of what is murmured")
                screen.rests(1)
                taken = sorted(typed(screen, keys))
                found = {**percentiles(taken), **memory(screen.pid)}
        contest.say(f"  keys at {size[0]}x{size[1]}: p95 {found['p95_ms']:.1f} ms; {found['pss_mib']} MiB")
        return found

    def at_rest(self, seconds: float, contest: Contest) -> dict[str, float]:
        """The share of a core that is used while contacts come and go."""
        visitors = list(self.crowd.names[:VISITORS])
        plan = Plan(self.account.port, ME, visitors=visitors, changes=len(visitors) * CHANGES / 60)
        with self.chat() as screen, murmuring(plan):
            screen.rests(min(3.0, seconds))
            before, begun = cpu(screen.pid), time.monotonic()
            screen.rests(seconds)
            share = (cpu(screen.pid) - before) / (time.monotonic() - begun)
            found = {"cpu_percent": round(share * 100, 2), "seconds": seconds, **memory(screen.pid)}
        contest.say(f"  at rest: {found['cpu_percent']} % of a core")
        return found


def searched(file: Path, crowd: Crowd, rounds: int) -> dict[str, float]:
    """Milliseconds of the store's search at every letter, as somebody types words that are rare and common, in all
    conversations and in one. Raises Unavailable where nothing is found."""
    store, taken = open_beside(file), []
    try:
        for words, where in product([device_file.RARE, *device_file.COMMON] * rounds, [None, crowd.names[-1]]):
            for end in range(1, len(words) + 1):
                begun = time.perf_counter()
                found = store.search.find(words[:end], where, None, FOUND)
                taken.append(time.perf_counter() - begun)
            if not found and where is None:
                raise Unavailable(f"the figure is worth nothing: {words} is not found")
        return percentiles(sorted(taken))
    finally:
        store.close()


def typed(screen: Teletype, keys: int) -> Iterator[float]:
    """Seconds that each of so many KEYS takes, from the key until it is written back; where one takes HOPELESS, it is
    the last."""
    for number, key in enumerate(islice(cycle(KEYS), keys)):
        if number and number % _AT_ONCE == 0:
            screen.types("\x15")  # Ctrl+U
            screen.rests(0.3)
        since, begun = len(screen.written), time.perf_counter()
        screen.types(key)
        try:
            took = screen.sees(key, since=since, within=HOPELESS) - begun
        except AssertionError:
            yield HOPELESS
            return
        yield took
        screen.rests(max(0.0, 1 / KEYS_A_SECOND - took))


def found(screen: Teletype, letter: str) -> float:
    """Seconds from a letter in the search until its lines are counted; the screen then rests as a typist does."""
    since, begun = len(screen.written), time.perf_counter()
    screen.types(letter)
    took = screen.sees(" found", since=since) - begun
    screen.rests(max(0.0, 1 / KEYS_A_SECOND - took))
    return took


def percentiles(taken: list[float]) -> dict[str, float]:
    """Of sorted seconds, in milliseconds."""
    at = {"p50_ms": len(taken) // 2, "p95_ms": len(taken) * 95 // 100, "highest_ms": -1}
    return {name: round(taken[place] * 1000, 1) for name, place in at.items()}


def cpu(pid: int) -> float:
    """Seconds of processor time, by the kernel's clock of another process."""
    return time.clock_gettime(~pid << 3 | 2)


def memory(pid: int) -> dict[str, float]:
    """MiB: all that is in its memory, and its part of that where others share it."""
    fields = dict(line.split(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return {f"{name.lower()}_mib": round(int(fields[name].split()[0]) / 1024, 1) for name in ("Pss", "Rss")}
