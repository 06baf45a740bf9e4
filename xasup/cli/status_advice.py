"""What to do about a part that is not well, in a sentence. Refuses to know: how parts are looked at, how advice is
shown."""

from __future__ import annotations

from xasup.cli.status_rows import DROPPED, FULL, Row
from xasup.runtime.parts import DOWN, SILENT
from xasup.runtime.settings import Settings


def advice(row: Row, settings: Settings, supervised: bool) -> str:
    """ "" where it is well. *supervised*: somebody runs the backend, and starts again what ends."""
    if row.well:
        return ""
    if elsewhere := _elsewhere(row.name, settings):
        return elsewhere
    file = settings.logs / f"{row.name}.log"
    log = f"see {file}" if file.exists() else "see its log"
    match row.state:
        case state if state == DOWN:
            again = "`xasup up` starts it again by itself" if supervised else "nothing starts it again but `xasup up`"
            return f"{log}; {again}"
        case state if state == SILENT and row.pid:
            after = "it is started again" if supervised else "nothing starts it again but `xasup up`"
            return f"`kill -CONT {row.pid}` if it was stopped, else `kill -9 {row.pid}`: {after}"
        case state if state == DROPPED:
            return f"nothing that is stored is lost: devices ask history for it; {log} names the slow clients"
        case state if state == FULL:
            return "make room: let history catch up, or allow more with XASUP_LOG_MEMORY"
    return f"{log}; it serves only while ZooKeeper does" if row.name == "kafka" else log


def _elsewhere(name: str, settings: Settings) -> str:
    """For what is not a process of this backend; "" for the others."""
    if name == "log":
        return "it is kept in Redis, and is well when Redis is"
    if (name == "redis" and settings.redis) or (name == "kafka" and settings.kafka):
        return f"is XASUP_{name.upper()} right, and does it run there? This backend does not start it"
    return ""
