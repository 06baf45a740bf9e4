"""What was tried, and on what: versions of the programs and of the machine. Refuses to know: what came out."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess

from broker import launcher
from xasup import __version__
from xasup.runtime import maven
from xasup.stack import LogKind

_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def versions(log: LogKind) -> dict[str, str]:
    """By name; `?` for what does not say."""
    found = {
        "XasUp": __version__,
        "Python": platform.python_version(),
        "Mosquitto": _of(launcher.find_program(), "-h"),
        "Redis": _of(shutil.which("redis-server"), "--version"),
        "system": f"{platform.system()} {platform.release()}, {os.cpu_count()} cores",
    }
    return found | ({"Kafka": maven.VERSION} if log == "kafka" else {})


def _of(program: str | None, option: str) -> str:
    if program is None:
        return "?"
    told = subprocess.run([program, option], capture_output=True, text=True, timeout=10, check=False)
    match = _NUMBER.search(told.stdout)
    return match[0] if match else "?"
