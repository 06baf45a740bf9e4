"""What `xasup doctor` and `xasup status` find about files that a disk has changed. Refuses to know: how it is shown."""

from __future__ import annotations

from collections.abc import Iterator

from xasup.cli.finding import Finding, Health
from xasup.runtime import kafka_server
from xasup.runtime.redis_server import AppendOnlyFile
from xasup.runtime.segments import Segments
from xasup.runtime.settings import Settings
from xasup.wire.store.repair import doubt


def files(settings: Settings) -> Iterator[Finding]:
    """Whether the files of the backend are what was written, as far as their seals and those who read them know."""
    problems = (redis_problem(settings), kafka_problem(settings), history_problem(settings))
    bad = [problem for problem in problems if problem]
    for problem in bad:
        what, _, advice = problem.partition("; ")
        yield Finding("files", Health.BAD, what, advice)
    for folder in (settings.history.parent, settings.mosquitto):
        for path in sorted(folder.glob("*.damaged-*")):
            yield Finding("files", Health.NOTE, f"{path} was damaged, and is set aside", "remove it if nobody wants it")
    if not bad and settings.data.exists():
        yield Finding("files", Health.OK, "no damage is known")


def redis_problem(settings: Settings) -> str:
    """Of our own Redis, which does not start then; "" for none."""
    return "" if settings.redis else AppendOnlyFile(settings.redis_socket.parent).problem()


def kafka_problem(settings: Settings) -> str:
    """The same of our own Kafka."""
    own = settings.log == "kafka" and not settings.kafka
    return Segments(kafka_server.segments(settings)).problem() if own else ""


def history_problem(settings: Settings) -> str:
    """Of the file that history does not open again; "" for none."""
    if not doubt(settings.history).exists():
        return ""
    return f"{settings.history} was found damaged; see {settings.logs / 'history.log'} for what can be done"
