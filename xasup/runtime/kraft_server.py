"""A Kafka of version 4, which needs no ZooKeeper: broker and controller in one process, on loopback.

The backend starts Kafka 3.9 itself; this one shows that a Kafka 4 serves as well. Refuses to know: what is kept in it.
"""

from __future__ import annotations

from pathlib import Path

from xasup.runtime import java, kafka_server
from xasup.runtime.supervise import Recipe
from xasup.wire import private

_CLUSTER = "eGFzdXAteGFzdXAteGFzdQ"  # any 16 bytes in base64
_PROPERTIES = "kafka.properties"


def recipe(folder: Path, port: int, controller_port: int, jars: Path, logs: Path) -> Recipe:
    """How to run it; writes its configuration into *folder*. Before its first start: format_argv()."""
    logging = private.write(folder / "log4j2.properties", _LOG4J2)
    roles = f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
"""
    configuration = private.write(folder / _PROPERTIES, kafka_server.text(folder / "data", roles))
    return kafka_server.server(jars, configuration, {"log4j2.configurationFile": str(logging)}, port, logs)


def format_argv(folder: Path, jars: Path) -> list[str]:
    """The command that founds its data, once, where recipe() has written the configuration."""
    wanted = ("format", "--ignore-formatted", "--cluster-id", _CLUSTER, "--config", str(folder / _PROPERTIES))
    return java.argv("kafka.tools.StorageTool", jars, 128, {}, *wanted)


_LOG4J2 = """\
# Written by xasup at each start; changes here are lost.
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c: %m%n
"""
