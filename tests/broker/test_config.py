"""mosquitto.conf: what stands in it, and what Mosquitto makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from broker import config, tls
from tests.support.broker import TestBroker, person, token
from xasup.protocol.errors import Malformed
from xasup.runtime import ports
from xasup.runtime.settings import Settings, load

SETTINGS = Settings(data=Path("/data dir"), plugin=Path("/plug in/xasup_acl.so"))
CERTIFICATE = config.Certificate(Path("/tls/server.pem"), Path("/tls/server.key"))


def lines(**more: object) -> list[str]:
    """Without comments and empty lines."""
    text = config.text(
        SETTINGS.model_copy(update=more), user="somebody", certificate=CERTIFICATE if "tls" in more else None
    )
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_every_line_that_avoids_a_trap_is_there() -> None:
    assert set(lines()) >= {
        "allow_anonymous false",
        "plugin /plug in/xasup_acl.so",
        "plugin_opt_directory /data dir/directory",
        "user somebody",
        "allow_duplicate_messages true",
        "max_queued_messages 1000000",
        "set_tcp_nodelay true",
        "check_retain_source false",
        "persistence true",
        "autosave_on_changes false",
    }


@pytest.mark.parametrize(("given", "written"), [(None, "1000"), ("7", "7"), ("none", "none"), ("0", "none")])
def test_the_usual_rate_is_written(given: str | None, written: str) -> None:
    assert f"plugin_opt_rate {written}" in lines(rate=load(rate=given).rate)


@pytest.mark.parametrize("given", ["-1", "many", "1000001", ""])
def test_a_usual_rate_that_is_none_is_malformed(given: str) -> None:
    with pytest.raises(Malformed, match="XASUP_RATE"):
        load(rate=given)


def test_no_acl_file_and_no_password_file_beside_the_plugin() -> None:
    assert not [line for line in lines() if line.startswith(("acl_file", "password_file", "per_listener_settings"))]


def test_every_listener_is_told_its_address_and_that_it_is_ipv4() -> None:
    written = "\n".join(lines(tls=True, host="10.1.2.3"))
    ours, *listeners = written.split("listener ")[1:]
    assert ours.startswith("0 /"), "a socket for our own services"
    assert [each.split()[:2] for each in listeners] == [[str(port), "10.1.2.3"] for port in (1883, 8083, 8883, 8084)]
    assert all("socket_domain ipv4" in each for each in listeners)
    assert ["certfile" in each for each in listeners] == [False, False, True, True]


@pytest.mark.parametrize("host", ["localhost", "::1", "", "1.2.3", "1.2.3.4\nallow_anonymous true"])
def test_a_host_that_is_not_an_ipv4_address_is_malformed(host: str) -> None:
    with pytest.raises(Malformed, match="expected an IPv4 address"):
        lines(host=host)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("config"), with_tls=True) as broker:
        broker.apply(person("alice:d"))
        yield broker


def ports_of(settings: Settings) -> set[int]:
    return {settings.mqtt_port, settings.ws_port, settings.mqtts_port, settings.wss_port}


def listening(settings: Settings) -> set[tuple[str, int]]:
    """What the kernel says: addresses in its own hex."""
    return {(address, port) for address, port, _ in ports.listeners() if port in ports_of(settings)}


def test_it_listens_on_loopback_and_nowhere_else(broker: TestBroker) -> None:
    assert listening(broker.settings) == {("0100007F", port) for port in ports_of(broker.settings)}


def test_it_listens_on_another_address_and_on_all(tmp_path: Path) -> None:
    """The control: the kernel's table does tell addresses apart."""
    for host, spelled in (("127.0.0.2", "0200007F"), ("0.0.0.0", "00000000")):  # noqa: S104 - that is the control
        with TestBroker(tmp_path / host, with_tls=True, host=host) as broker:
            assert listening(broker.settings) == {(spelled, port) for port in ports_of(broker.settings)}


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
def test_each_listener_speaks_mqtt(broker: TestBroker, transport: str, secured: bool) -> None:
    settings = broker.settings
    plain = {"tcp": settings.mqtt_port, "websockets": settings.ws_port}
    secure = {"tcp": settings.mqtts_port, "websockets": settings.wss_port}
    client = paho.Client(
        CallbackAPIVersion.VERSION2, "alice:d", transport="tcp" if transport == "tcp" else "websockets"
    )
    client.username_pw_set("alice", token("alice:d"))
    if secured:
        client.tls_set(str(settings.data / "tls" / tls.CA))
    codes: list[int] = []
    client.on_connect = lambda *arguments: codes.append(arguments[3].value)
    client.connect("127.0.0.1", (secure if secured else plain)[transport])
    while not codes:
        assert client.loop(timeout=5) == paho.MQTT_ERR_SUCCESS
    client.disconnect()
    assert codes == [0]
