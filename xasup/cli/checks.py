"""What `xasup doctor` looks at: each check is a function from the settings to findings, and changes nothing."""

from __future__ import annotations

import asyncio
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from broker import own_certificate, tls
from xasup.cli.checks_files import files
from xasup.cli.finding import Finding, Health
from xasup.protocol.errors import Malformed, Unavailable
from xasup.runtime import listening, maven, ports
from xasup.runtime.settings import Settings
from xasup.wire.directory import DirectoryReader
from xasup.wire.truth import open_truth
from xasup.wire.truth.port import position_key

_WARN_BEFORE = timedelta(days=30)


def python(settings: Settings) -> Iterator[Finding]:
    """The interpreter."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    yield Finding("python", Health.OK if good else Health.BAD, version, "" if good else "install Python 3.11 or newer")


def programs(settings: Settings) -> Iterator[Finding]:
    """Mosquitto and Redis, in versions that this was tried with."""
    yield _program("mosquitto", ["mosquitto", "-h"], (2, 0, 11), (3, 0, 0))
    yield _program("redis-server", ["redis-server", "--version"], (7, 0, 0), (9, 0, 0))


def kafka(settings: Settings) -> Iterator[Finding]:
    """Where our own Kafka keeps the log: Java, and its jars or Maven, which fetches them."""
    if settings.log != "kafka" or settings.kafka:
        return
    yield _program("java", ["java", "--version"], (17, 0, 0), (24, 0, 0), "run `./setup.sh kafka`")
    jars = maven.cache() / f"kafka-{maven.VERSION}"
    if jars.is_dir():
        yield Finding("kafka", Health.OK, f"its jars are in {jars}")
    elif shutil.which("mvn"):
        yield Finding("kafka", Health.NOTE, "its jars are not fetched yet", "`xasup kafka fetch` does it ahead of time")
    else:
        yield Finding("kafka", Health.BAD, "no jars, and no mvn, which fetches them", "run `./setup.sh kafka`")


def plugin(settings: Settings) -> Iterator[Finding]:
    """The broker plugin: there, and loadable with the libraries of this machine."""
    if not settings.plugin.exists():
        yield Finding("plugin", Health.BAD, f"{settings.plugin} is missing", "run `make setup`")
        return
    linked = subprocess.run(["ldd", str(settings.plugin)], capture_output=True, text=True, check=False, timeout=10)
    missing = [line.split()[0] for line in linked.stdout.splitlines() if line.endswith("not found")]
    if linked.returncode != 0 or missing:
        why = f"needs {', '.join(missing)}" if missing else linked.stderr.strip()
        yield Finding("plugin", Health.BAD, f"{settings.plugin} cannot be loaded: {why}", "run `make setup` again")
        return
    yield Finding("plugin", Health.OK, f"{settings.plugin} finds its libraries")


def listeners(settings: Settings) -> Iterator[Finding]:
    """The ports of the backend that runs on this data, or would: ours, free, or somebody else's."""
    taken = {port: inode for _, port, inode in ports.listeners()}
    for kind, port in listening.find(settings).ports().items():
        if port not in taken:
            yield Finding(f"port {port}", Health.NOTE, f"{kind}: free, nobody listens", "start with `xasup up`")
            continue
        holder = ports.holder(taken[port])
        ours = holder.startswith("mosquitto")
        advice = "" if ours else f"stop that, or choose another port ({kind}: see `xasup up --help`)"
        yield Finding(f"port {port}", Health.OK if ours else Health.BAD, f"{kind}: {holder} listens", advice)


def data(settings: Settings) -> Iterator[Finding]:
    """The data directory: there, and for its owner alone."""
    if not settings.data.exists():
        yield Finding("data", Health.NOTE, f"{settings.data} is not there yet", "the first `xasup up` makes it")
        return
    secrets = list(settings.secrets.glob("*")) if settings.secrets.exists() else []
    given = [path for path in (settings.kafka_password_file,) if path and path.exists()]
    exposed = [
        path for path in (settings.data, *secrets, *given) if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    for path in exposed:
        yield Finding("data", Health.BAD, f"others may read {path}", f"chmod go= {path}")
    if not exposed:
        yield Finding("data", Health.OK, f"{settings.data} is its owner's alone")


def certificate(settings: Settings) -> Iterator[Finding]:
    """What the TLS listeners show: valid, and for how long."""
    path = settings.tls_cert or settings.data / "tls" / tls.SERVER
    if not settings.tls or not path.exists():
        return
    try:
        ends = own_certificate.certificates_in(path, "certificate")[0].not_valid_after_utc
    except Malformed as error:
        yield Finding("certificate", Health.BAD, str(error), "start `xasup up` again")
        return
    yield how_long(path, ends, datetime.now(UTC), own=settings.tls_cert is not None)


def how_long(path: Path, ends: datetime, now: datetime, *, own: bool) -> Finding:
    """*own*: it is the operator's, who renews it; else ours."""
    advice = "renew it, then start `xasup up` again" if own else "start `xasup up` again: it makes a new one"
    if ends <= now:
        return Finding("certificate", Health.BAD, f"{path} expired on {ends:%Y-%m-%d}", advice)
    left = f"{path} is valid for {(ends - now).days} more days, until {ends:%Y-%m-%d}"
    if ends - now < _WARN_BEFORE:
        return Finding("certificate", Health.NOTE, left, advice)
    return Finding("certificate", Health.OK, left)


def freshness(settings: Settings) -> Iterator[Finding]:
    """The truth answers, the broker's directory has all of it, and the clock runs forward."""
    try:
        newest = asyncio.run(_last_position(settings))
    except Unavailable as error:
        yield Finding("truth", Health.NOTE, str(error), "start with `xasup up`")
        return
    yield Finding("truth", Health.OK, f"answers; newest change {newest}")
    ahead = position_key(newest)[0] / 1000 - time.time()
    clock = Finding("clock", Health.OK, time.strftime("%Y-%m-%d %H:%M:%S %Z"))
    if ahead > 1:
        clock = Finding("clock", Health.BAD, f"the newest change is {ahead:.0f} s in the future", "set the clock right")
    yield clock
    try:
        with DirectoryReader(settings.directory) as directory:
            applied = directory.applied()
    except Unavailable as error:
        yield Finding("directory", Health.BAD, str(error), "the broker refuses everything until `xasup up` runs")
        return
    behind = position_key(newest)[0] - position_key(applied)[0]
    if behind <= 0:
        yield Finding("directory", Health.OK, "has every change")
    else:
        yield Finding(
            "directory", Health.BAD, f"is {behind / 1000:.1f} s behind", "see projector.log in the data directory"
        )


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    python,
    programs,
    kafka,
    plugin,
    data,
    certificate,
    listeners,
    freshness,
    files,
)


async def _last_position(settings: Settings) -> str:
    async with open_truth(settings.redis_url) as truth:
        return await truth.last_position()


def _program(
    name: str, argv: list[str], least: tuple[int, ...], below: tuple[int, ...], advice: str = "run `make setup`"
) -> Finding:
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        return Finding(name, Health.BAD, "is not installed", advice)
    said = subprocess.run([path, *argv[1:]], capture_output=True, text=True, check=False, timeout=10).stdout
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
    version = tuple(int(part) for part in found.groups()) if found else ()
    shown = f"{Path(path)} {found.group() if found else 'of unknown version'}"
    if least <= version < below:
        return Finding(name, Health.OK, shown)
    wanted = ".".join(map(str, least))
    return Finding(name, Health.NOTE, shown, f"tried with {wanted} and newer, below {'.'.join(map(str, below))}")
