"""Negative controls: plugins with a fault, each of which the tests of rights must notice."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.broker.table import directory
from tests.broker.test_table import wrong_reads, wrong_subscriptions, wrong_writes
from tests.support.broker import TestBroker
from tests.support.raw_mqtt import V5
from xasup.runtime.settings import PLUGIN


def anybody(row: str) -> tuple[str, str]:
    """The fault that a row of the plugin's table asks nothing."""
    return row, re.sub(r"[\w |]+}$", " ANYBODY}", row)


FAULTS = {
    "anybody may write to anybody": anybody('{WRITE, "u", "*", "msg", "*", ACCEPTED}'),
    "anybody may write to a group": anybody('{WRITE, "g", "*", "typing", "*", MEMBER}'),
    "anybody may speak as a service": ("(q->flags & SERVICE) &&", ""),
    "anybody may write as another": ('return "not-you";', ";"),
    "anything may be retained": ('return "no-retain";', ";"),
    "names are not looked at": ("*pattern == '*' ? is_name(level)", "*pattern == '*' ? true"),
    "any mailbox may be subscribed to": anybody('{SUBSCRIBE, "u", "*", "#", NULL, MINE}'),
    "presence is for all": anybody('{READ, "u", "*", "presence", "*", PRESENCE}'),
    "former members go on reading": anybody('{READ, "g", "*", "msg", "*", MEMBER | MIRRORED}'),
    "anybody may subscribe as the bridge does": anybody('{SUBSCRIBE, "u", "+", "msg", "+", NOBODY | MIRRORED}'),
    "anybody may read as the bridge does": ("row->ask & MIRRORED && acts_as(q, BRIDGE)", "row->ask & MIRRORED"),
    "the bridge is held back": ('"receipt", "*", MINE_OR_SENT | MIRRORED', '"receipt", "*", MINE_OR_SENT'),
    "the bridge reads every event": ('"event", "*", MINE}', '"event", "*", MINE | MIRRORED}'),
    "anybody is told what the broker drops": anybody("{READ, DROPPED, NULL, NULL, NULL, NOBODY | MIRRORED}"),
    "what one sent is hidden from one's other devices": ("return mine || same(actor, q->me)", "return mine"),
}


def test_a_plugin_that_always_says_yes_turns_every_table_red(tmp_path: Path, always_yes: Path) -> None:
    with TestBroker(tmp_path, plugin=always_yes) as broker:
        broker.rebuild(directory())
        assert "carol (a stranger" in "\n".join(wrong_writes(broker, V5))
        assert "carol (a stranger" in "\n".join(wrong_subscriptions(broker, V5))
        assert "carol (a stranger" in "\n".join(wrong_reads(broker, V5, always_yes))


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_in_a_rule_turns_the_table_red(tmp_path: Path, always_yes: Path, fault: str) -> None:
    plugin = faulty(tmp_path, *FAULTS[fault])
    with TestBroker(tmp_path, plugin=plugin) as broker:
        broker.rebuild(directory())
        wrong = wrong_writes(broker, V5) + wrong_subscriptions(broker, V5)
    if not wrong:
        with TestBroker(tmp_path / "read", plugin=always_yes) as broker:
            broker.rebuild(directory())
            wrong = wrong_reads(broker, V5, plugin)
    assert wrong


def faulty(folder: Path, right: str, wrong: str) -> Path:
    """The plugin, with one place in its rules changed."""
    source = (PLUGIN.parent / "xasup_acl.c").read_text()
    assert source.count(right) == 1, f"{right!r} stands {source.count(right)} times in the plugin"
    changed, built = folder / "xasup_acl.c", folder / "xasup_acl.so"
    changed.write_text(source.replace(right, wrong))
    rest = [str(path) for path in sorted(PLUGIN.parent.glob("*.c")) if path.name != changed.name]
    include = f"-I{PLUGIN.parent}"
    subprocess.run(["cc", "-shared", "-fPIC", include, "-o", built, changed, *rest, "-llmdb", "-lcrypto"], check=True)
    return built
