"""What the parts need before they start: an account for each service, with a new token in a file of its owner's.

Refuses to know: which parts there are besides, and how they are started.
"""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from bridge.presence import STANDBY, VOICE
from contacts.accounts import ensure_service
from xasup.protocol.ids import SERVICES, UserId, service_account
from xasup.runtime.settings import Settings
from xasup.wire.truth import open_truth, schema

# Of SERVICES, those that connect today: what follows the node's name in the devices that each of them has.
ACCOUNTS: dict[str, tuple[str, ...]] = {
    "contacts": ("",),
    "groups": ("",),
    "devices": ("",),
    "bridge": ("", STANDBY, VOICE),
    "history": ("",),
    "canary": ("",),
}
assert ACCOUNTS.keys() <= set(SERVICES)  # noqa: S101 - a name spelled wrong here must not start


async def provision(settings: Settings, *, keep: bool = False) -> None:
    """Give each service account a new token: its hash into the truth, itself into a file of its owner's. *keep*: the
    token of an earlier start stays where there is one, since services that run already read theirs when they started.
    """
    settings.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with open_truth(settings.redis_url) as truth:
        await schema.require(truth)
        for service, devices in ACCOUNTS.items():
            account = service_account(service)
            token = (keep and _kept(settings.secrets / account)) or secrets.token_urlsafe(32)
            for suffix in devices:
                node = settings.node + suffix
                await ensure_service(truth, UserId(account), node, token, int(time.time() * 1000))
            write_secret(settings.secrets / account, token)


def _kept(path: Path) -> str:
    """The token in *path*; empty where there is none."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""


def write_secret(path: Path, text: str) -> None:
    """A file that its owner alone may read, replaced in one step."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - needs the mode
        file.write(text)
    draft.replace(path)
