"""The keys of our own Kafka and ZooKeeper: one user in each, with a new password at each start.

A password stands in `secrets/`, and again in the files from which Java and kcat read it: all of them their owner's
alone (0600), so that it is in no command line and no environment. Refuses to know: how the two are run.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from xasup.protocol import codec
from xasup.runtime import scram, zookeeper_nodes
from xasup.runtime.settings import KAFKA_USER, Settings
from xasup.runtime.zookeeper_link import session
from xasup.wire import private

_JAAS = "jaas.conf"
_LOGIN = "java.security.auth.login.config"
_ZOOKEEPER_LOGIN = "org.apache.zookeeper.server.auth.DigestLoginModule"
_SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"
_PLAIN_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_USER_NODE = f"/config/users/{KAFKA_USER}"  # where Kafka looks for whom it lets in
_LEFT_BY_THE_DEAD = ("/brokers/ids/0", "/controller")  # nodes that ZooKeeper keeps until a session has ended


def renew(path: Path) -> str:
    """A new password, in *path* too."""
    password = secrets.token_urlsafe(32)
    private.write(path, password)
    return password


def for_zookeeper(settings: Settings) -> dict[str, str]:
    """System properties with which ZooKeeper finds the new password that it asks for."""
    password = renew(settings.zookeeper_password)
    server = _section("Server", _ZOOKEEPER_LOGIN, {f"user_{KAFKA_USER}": password})
    return {_LOGIN: str(private.write(settings.data / "zookeeper" / _JAAS, server))}


def for_kafka(settings: Settings) -> dict[str, str]:
    """The same of Kafka, which also gives ZooKeeper's. Kafka knows whom it lets in from prepare(). A file for kcat is
    written beside it. for_zookeeper() has been called."""
    password, folder = renew(settings.kafka_password), settings.data / "kafka"
    theirs = settings.zookeeper_password.read_text()
    sections = _section("KafkaServer", _SCRAM_LOGIN, {"username": KAFKA_USER, "password": password})
    sections += _section("Client", _ZOOKEEPER_LOGIN, {"username": KAFKA_USER, "password": theirs})
    private.write(folder / "kcat.conf", _for_kcat(settings, password))
    # Else the name behind 127.0.0.1 is looked up, for which DIGEST-MD5 has no use.
    canonical = {"zookeeper.sasl.client.canonicalize.hostname": "false"}
    return {_LOGIN: str(private.write(folder / _JAAS, sections)), **canonical}


def for_kraft(folder: Path, password: str) -> dict[str, str]:
    """Of a Kafka without ZooKeeper, in *folder*: it knows whom it lets in from this file, by PLAIN."""
    login = {"username": KAFKA_USER, "password": password, f"user_{KAFKA_USER}": password}
    return {_LOGIN: str(private.write(folder / _JAAS, _section("KafkaServer", _PLAIN_LOGIN, login)))}


async def prepare(settings: Settings) -> None:
    """Tell ZooKeeper, before a Kafka starts, whom Kafka lets in; and take the one before it out of its books: who was
    killed stays there until its session has ended, and its successor is turned away, or waits to be made controller. It
    is dead: there is one of it, and we were told of its end. Raises Unavailable."""
    credential = scram.credential(settings.kafka_password.read_text(), secrets.token_bytes(16))
    user = codec.encode({"version": 1, "config": {scram.MECHANISM: credential}})
    async with session(settings.zookeeper_port, KAFKA_USER, settings.zookeeper_password.read_text()) as link:
        for path in _LEFT_BY_THE_DEAD:
            await zookeeper_nodes.remove(link, path)
        await zookeeper_nodes.put(link, _USER_NODE, user)


def _section(name: str, module: str, login: dict[str, str]) -> str:
    options = "\n".join(f'    {key}="{value}"' for key, value in login.items())
    return f"{name} {{\n    {module} required\n{options};\n}};\n"


def _for_kcat(settings: Settings, password: str) -> str:
    return f"""\
# Written by xasup at each start; changes here are lost. For `kcat -F`.
bootstrap.servers=127.0.0.1:{settings.kafka_port}
security.protocol=sasl_plaintext
sasl.mechanism={scram.MECHANISM}
sasl.username={KAFKA_USER}
sasl.password={password}
"""
