"""`xasup devices`: what connects on behalf of users. A token is shown once; only its hash is kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from contacts.admin import tokens
from contacts.admin.desk import Desk, at_desk
from contacts.admin.facts import find_user
from contacts.admin.values import device_label, expiry
from contacts.operations import devices as operations
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from xasup.protocol.connect import ConnectString
from xasup.protocol.ids import ClientId, DeviceId, UserId, device_id, user_id
from xasup.protocol.records import Device
from xasup.runtime import listening
from xasup.runtime.output import line_now, moment
from xasup.runtime.settings import Settings
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell


@click.group()
def devices() -> None:
    """Create, list, rename and revoke devices.

    \b
    Examples:
      xasup devices create alice laptop
      xasup devices list alice
    """


@devices.command()
@click.argument("user", type=user_id)
@click.argument("device", type=device_id)
@click.option("--expires", metavar="WHEN", help="90d, 12h, or a day as 2030-12-31; else never.")
@click.option(
    "--connect-file", type=click.Path(path_type=Path), help="Write it here, readable by you, and do not print it."
)
@click.option("--format", "form", type=click.Choice(["connect", "mosquitto"]), default="connect", help="What to write.")
@click.option("--token-file", help="Take the token from this file; - for standard input.")
@click.option("--ask-token", is_flag=True, help="Ask for the token.")
@click.option("--host", help="Host in the connect string.  [default: where the backend listens]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port in it.  [default: where the backend listens]")
@click.option("--tls", is_flag=True, help="Connect string for TLS; the default where nothing else is listened to.")
@at_desk
async def create(
    desk: Desk,
    user: UserId,
    device: DeviceId,
    expires: str | None,
    connect_file: Path | None,
    form: str,
    token_file: str | None,
    ask_token: bool,
    **reach: Any,
) -> None:
    """Create DEVICE of USER, and print its connect string: the only time that its token is shown.

    The token is made here, or comes from a file, standard input or a prompt; never from an argument, which every
    process of this machine could read. With --format mosquitto it is not a connect string but an options file of
    mosquitto_pub and mosquitto_sub.

    \b
    Examples:
      xasup devices create alice laptop
      xasup devices create alice phone --expires 90d --connect-file phone.connect
      xasup devices create garden sensor --format mosquitto --connect-file ~/.config/mosquitto_pub
      openssl rand -hex 32 | xasup devices create lamp desk --token-file -
    """
    token = tokens.given(token_file, ask_token) or operations.token(secrets.token_bytes(operations.TOKEN_BYTES))
    client, now = ClientId(user, device), desk.now()
    text = _FORMS[form](_connect_string(desk.settings, client, token, **reach))
    until = expiry(expires, now) if expires else 0
    link = operations.link(client, operations.hash_of(token), by=ADMIN, now=now, expires=until)
    with tokens.kept(connect_file, f"{text}\n"):
        done = await perform(desk.truth, link)
    if desk.as_json:
        shown = {"connect_file": str(connect_file)} if connect_file else {"connect": text}
        await desk.answer(done, "", user=user, device=device, expires=until, **shown)
    else:
        line_now(str(connect_file) if connect_file else text)  # a token that is not shown now is lost
        await desk.enforced(done)


@devices.command("list")
@click.argument("user", type=user_id)
@at_desk
async def list_(desk: Desk, user: UserId) -> None:
    """List the devices of USER.

    \b
    Examples:
      xasup devices list alice
      xasup devices list alice --json
    """
    await find_user(desk, user)
    columns = [("device", 16), ("created", 17), ("by", 16), ("expires", 17), ("last seen", 17), ("label", 1)]
    rows = desk.rows(columns)
    async for device, value in desk.truth.scan(tables.devices(user)):
        record = Device.decode(value)
        seen = int((await desk.truth.get([Cell(tables.seen(user), device)]))[0] or 0)
        expires = moment(record.expires * 1000) if record.expires else "never"
        called = "(a link code that waits)" if record.code else record.label
        cells = (device, moment(record.created), record.by, expires, moment(seen), called)
        rows.put(_facts(user, device, record, seen), *cells)


@devices.command()
@click.argument("user", type=user_id)
@click.argument("device", type=device_id)
@click.argument("label", type=device_label)
@at_desk
async def rename(desk: Desk, user: UserId, device: DeviceId, label: str) -> None:
    """Set what DEVICE of USER is called; its id stays. An empty LABEL takes it away.

    \b
    Examples:
      xasup devices rename alice phone "Alice's old phone"
      xasup devices rename alice phone ""
    """
    done = await perform(desk.truth, operations.rename(ClientId(user, device), label, by=ADMIN, now=desk.now()))
    said = f"is called {label}" if label else "has no label any more"
    await desk.answer(done, f"{user}:{device} {said}", user=user, device=device, label=label)


@devices.command()
@click.argument("user", type=user_id)
@click.argument("device", type=device_id)
@at_desk
async def revoke(desk: Desk, user: UserId, device: DeviceId) -> None:
    """End DEVICE of USER: its token opens nothing any more, a live session is disconnected.

    \b
    Example:
      xasup devices revoke alice phone
    """
    done = await perform(desk.truth, operations.revoke(ClientId(user, device), by=ADMIN, now=desk.now()))
    await desk.answer(done, f"{user}:{device} is revoked", user=user, device=device)


def _connect_string(
    settings: Settings, client: ClientId, token: str, host: str | None, port: int | None, tls: bool
) -> ConnectString:
    here = listening.find(settings)
    tls = tls or (not port and not here.mqtt_port)
    if tls and not here.mqtts_port and not port:
        raise click.UsageError(
            "the backend does not listen with TLS (`xasup up --tls`); name the --port of one that does"
        )
    return ConnectString(client, token, host or here.host, port or (here.mqtts_port if tls else here.mqtt_port), tls)


def _options(connect: ConnectString) -> str:
    """The same for mosquitto_pub and mosquitto_sub, which read it from files of their names."""
    client = connect.client
    lines = [f"-h {connect.host}", f"-p {connect.port}", f"-i {client}", f"-u {client.user}", f"-P {connect.token}"]
    return "\n".join(lines + (["--tls-use-os-certs"] if connect.tls else []))


_FORMS: dict[str, Callable[[ConnectString], str]] = {"connect": ConnectString.reveal, "mosquitto": _options}


def _facts(user: str, device: str, record: Device, seen: int) -> dict[str, object]:
    return {
        "user": user,
        "device": device,
        "created": record.created,
        "by": record.by,
        "expires": record.expires,
        "seen": seen,
        "code": record.code,
        "label": record.label,
    }
