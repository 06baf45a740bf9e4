"""Our own ZooKeeper, on loopback, for our own Kafka. Refuses to know: what Kafka keeps in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from xasup.runtime import java, priority
from xasup.runtime.supervise import Recipe
from xasup.wire import private

_HEAP = 128  # MiB


def recipe(folder: Path, port: int, jars: Path, log: Path, keys: dict[str, str]) -> Recipe:
    """How to run it; writes its configuration into *folder*, where its data are too. *keys*: system properties that
    tell where the password is that it asks for."""
    private.folder(folder)
    logging = private.write(folder / "log4j.properties", LOG4J)
    configuration = private.write(folder / "zookeeper.properties", _configuration(folder / "data", port))

    async def answers() -> None:
        while not await serves(port):  # noqa: ASYNC110 - no event announces a port of another process
            await asyncio.sleep(0.05)

    properties = {"log4j.configuration": logging.as_uri(), **keys}
    main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
    argv = java.argv(main, jars, _HEAP, properties, str(configuration))
    return Recipe("zookeeper", argv, log, probe=answers, ready_within=60.0, niceness=priority.BACKGROUND)


# The supervisor keeps the output as the log; one line an event, warnings only.
LOG4J = """\
# Written by xasup at each start; changes here are lost.
log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n
"""


def _configuration(data: Path, port: int) -> str:
    return f"""\
# Written by xasup at each start; changes here are lost.
dataDir={data}
clientPort={port}
clientPortAddress=127.0.0.1
# By steps of it sessions end: one of 6 s after 7 s at most.
tickTime=1000
admin.enableServer=false
4lw.commands.whitelist=srvr
maxClientCnxns=60
# Whoever has not shown the password is answered nothing but what it is (srvr).
authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider
enforce.auth.enabled=true
enforce.auth.schemes=sasl
autopurge.snapRetainCount=3
autopurge.purgeInterval=24
"""


async def serves(port: int) -> bool:
    """True when it tells what it is; it does not before it serves."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"srvr")
        return b"\nMode: " in await reader.read(4096)
    except OSError:
        return False
    finally:
        writer.close()
