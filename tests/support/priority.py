"""At which priority a process really runs, as the kernel says."""

from __future__ import annotations

from pathlib import Path


def niceness_of(pid: int) -> set[int]:
    """Of all its threads."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {int((thread / "stat").read_text().rsplit(")")[-1].split()[16]) for thread in threads}


def session_niceness(pid: int) -> int | None:
    """Of its session; None where the kernel knows no such number."""
    try:
        said = Path(f"/proc/{pid}/autogroup").read_text()
    except FileNotFoundError:
        return None
    return int(said.rsplit("nice")[-1]) if said.strip() else None
