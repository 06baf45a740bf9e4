"""Plugins with a fault, which must turn tests red; and what a launcher needs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker import launcher
from tests.support.broker import build_plugin, person, token
from xasup.protocol.directory import Flag
from xasup.runtime.ports import free_ports
from xasup.runtime.settings import Settings
from xasup.wire.directory import DirectoryWriter

CANARY = f"svc-{launcher.CANARY}:local"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """With a directory that knows the canary."""
    if shutil.which("setpriv") is None or launcher.find_program() is None:
        pytest.skip("apt-get install mosquitto util-linux")
    mqtt, ws, mqtts, wss = free_ports(4)
    settings = Settings(
        data=tmp_path, mqtt_port=mqtt, ws_port=ws, mqtts_port=mqtts, wss_port=wss, plugin=build_plugin()
    )
    settings.secrets.mkdir()
    (settings.secrets / f"svc-{launcher.CANARY}").write_text(token(CANARY))
    with DirectoryWriter(settings.directory) as writer:
        with writer.rebuilding() as building:
            building.write([*person(CANARY, Flag.SERVICE), *person("alice:d")])
            building.finish("1-0")
        yield settings


@pytest.fixture(scope="session")
def always_yes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin that says yes to everybody and everything."""
    source, built = Path(__file__).with_name("always_yes.c"), tmp_path_factory.mktemp("fault") / "always_yes.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(built), str(source)], check=True)
    return built
