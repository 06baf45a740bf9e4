"""`xasup up`: the whole backend on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import Any

import click
import structlog

from xasup.cli.demo_people import connect_strings
from xasup.runtime.listening import Listening
from xasup.runtime.output import emit
from xasup.runtime.settings import Settings, load
from xasup.stack import stack

log = structlog.get_logger()
_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder for everything it keeps.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--mqtt-port", type=click.IntRange(1, 65535), help="MQTT.  [default: 1883]")
@click.option("--ws-port", type=click.IntRange(1, 65535), help="MQTT over WebSockets.  [default: 8083]")
@click.option("--mqtts-port", type=click.IntRange(1, 65535), help="MQTT over TLS.  [default: 8883]")
@click.option("--wss-port", type=click.IntRange(1, 65535), help="WebSockets over TLS.  [default: 8084]")
@click.option("--tls", is_flag=True, default=None, help="Listen with TLS too; a local CA is made on first start.")
@click.option("--tls-only", is_flag=True, default=None, help="Listen with TLS alone, also for WebSockets.")
@click.option("--tls-cert", type=_FILE, help="PEM of a certificate of your own, with its chain; turns TLS on.")
@click.option("--tls-key", type=_FILE, help="PEM of its key, readable by you alone.")
@click.option("--tls-ca", type=_FILE, help="PEM of its authority, where clients need one to trust.")
@click.option("--redis", help="URL of an existing Redis, instead of one of its own.")
@click.option("--log", type=click.Choice(["redis", "kafka"]), help="Where the durable log is kept.  [default: redis]")
@click.option("--kafka", help="HOST:PORT of an existing Kafka, instead of one of its own with ZooKeeper.")
@click.option("--kafka-user", help="User there, by SCRAM-SHA-256 over TLS, unless --kafka says otherwise.")
@click.option("--kafka-password-file", type=_FILE, help="File with that user's password.")
@click.option("--kafka-port", type=click.IntRange(1, 65535), help="Its own Kafka.  [default: 9092]")
@click.option("--zookeeper-port", type=click.IntRange(1, 65535), help="Its own ZooKeeper.  [default: 2181]")
@click.option("--rate", metavar="N|none", help="Publishes a second of a user without another.  [default: 1000]")
@click.option("--metrics-port", type=click.IntRange(0, 65000), help="First port of metrics.  [default: any free ones]")
@click.option("--demo-people", is_flag=True, help="Make alice and bob, once, and print how they connect.")
@click.option("--json", "as_json", is_flag=True, help="When it is up, one JSON object instead of text.")
def up(demo_people: bool, as_json: bool, **options: Any) -> None:
    """Run the whole backend on this machine: each part is started again if it ends.

    Redis, projector, Mosquitto, bridge, history and contacts; with --log kafka also ZooKeeper and Kafka, whose jars are
    fetched once (`xasup kafka fetch` does it ahead of time; needs Java and Maven).

    Every option can also be set in the environment, as XASUP_MQTT_PORT=2883. Ctrl-C stops everything in order.

    \b
    Examples:
      xasup up
      xasup up --tls --demo-people
      xasup up --tls-only --host 0.0.0.0
      xasup up --tls-only --tls-cert fullchain.pem --tls-key privkey.pem
      xasup up --log kafka
      xasup up --log kafka --kafka broker1:9092
      xasup up --log kafka --kafka broker1:9093 --kafka-user chat --kafka-password-file ~/.kafka-password
      xasup up --data /srv/xasup --mqtt-port 2883 --ws-port 9083
    """
    settings = load(**options)
    asyncio.run(_serve(settings, demo_people, as_json))


async def _serve(settings: Settings, demo_people: bool, as_json: bool) -> None:
    loop, begun, stop = asyncio.get_running_loop(), time.monotonic(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    quiet = as_json or not sys.stderr.isatty()
    starting = asyncio.current_task()
    early = loop.create_task(_cancel_when(stop, starting), name="stop while starting")
    try:
        async with stack(settings, lambda part: None if quiet else click.echo(f" {part}", err=True)):
            early.cancel()
            people = await connect_strings(settings) if demo_people else {}
            _announce(settings, people, time.monotonic() - begun, as_json)
            await stop.wait()
            if not as_json:
                click.echo(" stopping …")
    except asyncio.CancelledError:
        if not stop.is_set():
            raise


async def _cancel_when(stop: asyncio.Event, task: asyncio.Task[Any] | None) -> None:
    await stop.wait()
    if task is not None:
        task.cancel()


def listeners(settings: Settings) -> dict[str, str]:
    """What clients may connect to: kind and address."""
    return {kind: f"{settings.host}:{port}" for kind, port in Listening.of(settings).ports().items()}


def _announce(settings: Settings, people: dict[str, str], seconds: float, as_json: bool) -> None:
    if as_json:
        emit(
            {
                "up": True,
                "seconds": round(seconds, 3),
                "data": str(settings.data),
                **listeners(settings),
                "people": people,
            }
        )
        return
    head = f" xasup is up in {seconds:.1f} s"
    click.echo(f"{head:<48}(data in {settings.data}; Ctrl-C stops everything)")
    for kind, address in listeners(settings).items():
        click.echo(f"   {kind:<14}  {address}")
    if settings.tls and settings.authority:
        click.echo(f"   trust           {settings.authority}  (xasup … --ca FILE, or XASUP_CA)")
    if people:
        click.echo(" demo people (made once):")
    for person, connect in people.items():
        click.echo(f"   {person:<7} xasup chat {connect}")
