"""A Kafka of version 4, which needs no ZooKeeper: broker and controller in one process, on loopback.

The backend starts Kafka 3.9 itself; this one shows that a Kafka 4 serves as well. Refuses to know: what is kept in it.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from xasup.runtime import java, kafka_keys, kafka_server
from xasup.runtime.settings import KAFKA_USER
from xasup.runtime.supervise import Recipe
from xasup.wire import private

_CLUSTER = "eGFzdXAteGFzdXAteGFzdQ"  # any 16 bytes in base64
_PROPERTIES = "kafka.properties"
_MECHANISM = "PLAIN"  # with SCRAM the password would have to stand in the command line of format_argv()


def recipe(folder: Path, port: int, controller_port: int, jars: Path, logs: Path) -> Recipe:
    """How to run it; writes its configuration into *folder*, with a new password. Before its first start:
    format_argv()."""
    logging = private.write(folder / "log4j2.properties", _LOG4J2)
    roles = f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=SASL_PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.mechanism.controller.protocol={_MECHANISM}
{kafka_server.asks_by(_MECHANISM)}
"""
    keys = kafka_keys.for_kraft(folder, kafka_keys.renew(password_of(folder)))
    configuration = private.write(folder / _PROPERTIES, kafka_server.text(folder / "data", roles))
    properties = {"log4j2.configurationFile": str(logging), **keys}
    return kafka_server.server(jars, configuration, properties, url(folder, port), logs)


def password_of(folder: Path) -> Path:
    """The file (0600) with its password."""
    return folder / "password"


def url(folder: Path, port: int) -> str:
    """How to come to it."""
    settings = f"security.protocol=sasl_plaintext&sasl.mechanism={_MECHANISM}&sasl.username={KAFKA_USER}"
    return f"kafka://127.0.0.1:{port}?{settings}&password_file={quote(str(password_of(folder)))}"


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
