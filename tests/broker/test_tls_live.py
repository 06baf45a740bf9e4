"""TLS as a client meets it: versions, ciphers, whom it trusts; and with TLS alone, no other way in.

Each refusal has a control that gets in, so that a client which could never connect does not pass for a refusal.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from ssl import TLSVersion

import pytest

from broker import launcher, tls
from tests.support.broker import TestBroker, person, token
from tests.support.certificates import NOW, brought
from xasup.protocol.errors import Malformed, Unavailable
from xasup.runtime.settings import Settings
from xasup.wire.mqtt import Address, Cause, NoWay, connect

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
KINDS = pytest.mark.parametrize("kind", ["mqtts_port", "wss_port"])


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("tls"), with_tls=True) as broker:
        broker.apply(person("alice:d"))
        yield broker


def client(version: TLSVersion, ciphers: str) -> ssl.SSLContext:
    """One that would speak anything it is told to, to anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    return context


def shake(port: int, context: ssl.SSLContext) -> str | None:
    """The version that was agreed upon."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plug, context.wrap_socket(plug) as secured:
        return secured.version()


@contextmanager
def careless(folder: Path) -> Iterator[int]:
    """The control: a server that takes whatever is offered."""
    made = tls.ensure(folder / "tls", "127.0.0.1", NOW)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:eNULL:@SECLEVEL=0")
    context.minimum_version = TLSVersion.TLSv1
    context.load_cert_chain(made.chain, made.key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            plug, _ = server.accept()
            with context.wrap_socket(plug, server_side=True) as secured:
                secured.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


WEAK = [
    (TLSVersion.TLSv1, "ALL:@SECLEVEL=0"),
    (TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
    (TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"),
    (TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"),
    (TLSVersion.TLSv1_2, "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"),
]


@KINDS
@pytest.mark.parametrize(("version", "ciphers"), WEAK)
def test_an_old_version_or_a_weak_cipher_is_refused(
    broker: TestBroker, kind: str, version: TLSVersion, ciphers: str
) -> None:
    with pytest.raises(ssl.SSLError):
        shake(getattr(broker.settings, kind), client(version, ciphers))


@pytest.mark.parametrize(("version", "ciphers"), WEAK)
def test_the_same_client_gets_in_where_nobody_minds(tmp_path: Path, version: TLSVersion, ciphers: str) -> None:
    """The control."""
    with careless(tmp_path) as port:
        assert shake(port, client(version, ciphers)) is not None


@KINDS
@pytest.mark.parametrize(
    ("version", "said"), [(TLSVersion.TLSv1_2, "TLSv1.2"), (TLSVersion.TLSv1_3, "TLSv1.3")], ids=["1.2", "1.3"]
)
def test_the_versions_of_today_get_in(broker: TestBroker, kind: str, version: TLSVersion, said: str) -> None:
    assert shake(getattr(broker.settings, kind), client(version, "DEFAULT")) == said


def way(settings: Settings, ca_file: Path | None) -> Address:
    return Address("127.0.0.1", settings.mqtts_port, "alice:d", "alice", token("alice:d"), True, ca_file)


async def test_a_client_without_the_authority_does_not_connect(broker: TestBroker) -> None:
    with pytest.raises(NoWay) as refusal:
        async with connect(way(broker.settings, None)):
            pytest.fail("it trusts anybody")
    assert refusal.value.cause is Cause.NOT_TRUSTED
    async with connect(way(broker.settings, broker.settings.authority)) as wire:  # the control
        await wire.publish("xasup/v1/u/alice/presence/alice", b"{}", retain=True)


def knock(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=5).close()


async def test_with_tls_alone_the_other_ports_are_closed(settings: Settings) -> None:
    secured = settings.model_copy(update={"tls": True, "tls_only": True})
    async with launcher.mosquitto(secured, mirrored=False):
        for port in (settings.mqtt_port, settings.ws_port):
            with pytest.raises(ConnectionRefusedError):
                knock(port)
        knock(settings.mqtts_port)
        knock(settings.wss_port)
        await launcher.serves(secured, within=1)  # over the socket
        assert secured.broker_socket is not None
        assert secured.broker_socket.parent.stat().st_mode & 0o777 == 0o700
        assert not secured.broker_socket.stat().st_mode & 0o007
    async with launcher.mosquitto(settings, mirrored=False):  # the control
        knock(settings.mqtt_port)
        knock(settings.ws_port)


async def test_ones_own_certificate_is_shown(settings: Settings, tmp_path: Path) -> None:
    given = brought(tmp_path / "brought")
    own = {"tls": True, "tls_cert": given.chain, "tls_key": given.key, "tls_ca": given.authority}
    secured = settings.model_copy(update=own)
    async with launcher.mosquitto(secured, mirrored=False):
        assert secured.authority == given.authority
        async with connect(way(secured, secured.authority)):
            pass
        with pytest.raises(NoWay):
            async with connect(way(secured, tls.ensure(tmp_path / "ours", "127.0.0.1", NOW).chain)):
                pytest.fail("another authority will do")


async def test_half_a_certificate_is_refused_before_anything_starts(settings: Settings, tmp_path: Path) -> None:
    given = brought(tmp_path / "brought")
    with pytest.raises(Malformed, match="--tls-cert and --tls-key go together"):
        async with launcher.mosquitto(settings.model_copy(update={"tls": True, "tls_cert": given.chain})):
            pytest.fail("it started")


async def test_a_socket_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"nobody listens at .*none\.sock"):
        async with connect(Address("", 0, "alice:d", socket=tmp_path / "none.sock")):
            pytest.fail("it connected")
