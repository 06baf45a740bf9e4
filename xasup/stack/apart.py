"""Settings of a backend that stands apart from every other one on this machine: free ports, data in a folder of its
own, whatever the environment says."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from xasup.protocol.access import RATE
from xasup.runtime.ports import free_ports
from xasup.runtime.settings import Settings

LogKind = Literal["redis", "kafka"]


def apart(folder: Path, log: LogKind = "redis", *, tls: bool = False, rate: int = RATE) -> Settings:
    """Its data are in *folder*/data. *tls*: it listens with TLS alone; *rate*: as in the settings, 0: none."""
    mqtt, websockets, mqtts, wss, kafka, zookeeper = free_ports(6)
    return Settings(
        data=folder / "data",
        host="127.0.0.1",
        mqtt_port=mqtt,
        ws_port=websockets,
        mqtts_port=mqtts,
        wss_port=wss,
        tls=tls,
        tls_only=tls,
        tls_cert=None,
        tls_key=None,
        tls_ca=None,
        redis="",
        log=log,
        kafka="",
        kafka_user="",
        kafka_password_file=None,
        kafka_port=kafka,
        zookeeper_port=zookeeper,
        metrics_port=0,
        rate=rate,
    )
