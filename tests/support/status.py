"""What `xasup status` says of a backend."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from typing import Any

from tests.support.backend import Backend
from tests.support.commands import XASUP


def environment(backend: Backend) -> dict[str, str]:
    return {**os.environ, **backend.environment, "PYTHONUNBUFFERED": "1"}


async def look_at(backend: Backend) -> tuple[int, dict[str, Any]]:
    """Exit status, and each part by name."""
    process = await asyncio.create_subprocess_exec(
        *XASUP, "status", "--json", env=environment(backend), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    look = json.loads(out)
    assert look["ok"] == (process.returncode == 0)
    return process.returncode or 0, {part["part"]: part for part in look["parts"]}


def all_well(parts: Mapping[str, Any]) -> bool:
    return all(part["ok"] for part in parts.values())
