"""The broker against the rules, briefly; and the faults that this has to notice.

The long run: `python -m tests.broker.model`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.broker.model.dice import steps
from tests.broker.model.moves import Listen, Say, Step
from tests.broker.model.run import play, run, smallest
from tests.broker.model.shrink import shrunk
from tests.broker.model.world import Become, Change
from tests.support.broker import build_plugin
from xasup.runtime.settings import PLUGIN

# Of which file, what is changed, and into what.
FAULTS = {
    "what was looked up once holds for ever": ("directory.c", "    directory.stamp++;\n", ""),
    "an expired token does": ("xasup_acl.c", "(uint64_t)steady_now() < standing->expires", "true"),
    "the suspended go on": ("standing.c", " && !(fact->value[0] & SUSPENDED)", ""),
    "any token does": ("xasup_acl.c", "(device != NULL) & matches ? OK", "(device != NULL) ? OK"),
    "consent is asked the wrong way round": (
        "xasup_acl.c",
        """directory_look_up("c/", owner, '/', q->me, repeats(q))""",
        """directory_look_up("c/", q->me, '/', owner, repeats(q))""",
    ),
    "groups are for nobody": (
        "xasup_acl.c",
        """'/', q->me, repeats(q)) ? OK : "not-member";""",
        """'/', q->me, true) ? "not-member" : "not-member";""",
    ),
    "what one sent is hidden from one's other devices": (
        "xasup_acl.c",
        "return mine || same(actor, q->me)",
        "return mine",
    ),
    "the reason is a lie": (
        "xasup_acl.c",
        """'/', q->me, repeats(q)) ? OK : "not-accepted";""",
        """'/', q->me, repeats(q)) ? OK : "not-you";""",
    ),
}


def test_the_broker_does_what_the_rules_say(always_yes: Path) -> None:
    outcome = run(seed=20, attempts=5000, yes=always_yes, plugin=build_plugin())
    assert outcome.differences == []
    for what in ("PUBLISH", "SUBSCRIBE"):
        for version in ("3.1.1", "5"):
            assert min(outcome.tally[what, version, said] for said in ("allowed", "refused")) > 50
    assert min(outcome.tally["CONNECT", "5", said] for said in ("let in", "refused", "closed without an answer")) > 0


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_makes_a_difference(tmp_path: Path, always_yes: Path, fault: str) -> None:
    plugin = _faulty(tmp_path, *FAULTS[fault])
    assert run(seed=1, attempts=5000, yes=always_yes, plugin=plugin).differences


def test_a_failure_is_made_small(tmp_path: Path, always_yes: Path) -> None:
    plugin = _faulty(tmp_path, *FAULTS["what was looked up once holds for ever"])
    say = Say("alice:five", "xasup/v1/u/bob/msg/alice")
    chosen = [
        Step((Change(Become.ACCEPTS, "carol", "dave"),), attempts=(Listen("alice:five", "#"),)),
        Step((Change(Become.ACCEPTS, "bob", "alice"),), attempts=(say, Listen("bob:five", "xasup/v1/u/bob/#"))),
        Step((Change(Become.REFUSES, "bob", "alice"), Change(Become.FOUND)), attempts=(Listen("bob:five", "#"), say)),
    ]
    small = smallest(play(chosen, always_yes, plugin), always_yes, plugin)
    assert small.differences
    assert [step.attempts for step in small.played][-1] == (say,)
    assert small.played[-1].changes == (Change(Become.REFUSES, "bob", "alice"),)
    assert len(small.played) == 2


def test_shrinking_keeps_what_is_needed() -> None:
    assert shrunk(list(range(100)), lambda some: {3, 50, 98} <= set(some)) == [3, 50, 98]
    assert shrunk([1], lambda some: True) == []


def test_a_seed_chooses_the_same_steps_again() -> None:
    assert list(steps(Random(5), 500)) == list(steps(Random(5), 500))


def _faulty(folder: Path, file: str, right: str, wrong: str) -> Path:
    """The plugin, with one place changed."""
    source = (PLUGIN.parent / file).read_text()
    assert source.count(right) == 1, f"{right!r} stands {source.count(right)} times in {file}"
    changed, built = folder / file, folder / "xasup_acl.so"
    changed.write_text(source.replace(right, wrong))
    rest = [str(path) for path in sorted(PLUGIN.parent.glob("*.c")) if path.name != file]
    argv = ["cc", "-O1", "-shared", "-fPIC", f"-I{PLUGIN.parent}", "-o", str(built), str(changed), *rest]
    subprocess.run([*argv, "-llmdb", "-lcrypto"], check=True)
    return built
