"""docs/protocol/simple-devices.md, typed as printed on the real backend."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.backend import Backend
from tests.support.console import Entry, entries, terminals

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "simple-devices.md"


def test_every_command_prints_what_the_page_says(backend: Backend, tmp_path: Path) -> None:
    if shutil.which("mosquitto_sub") is None:
        missing = "no mosquitto_sub; install it with `apt-get install mosquitto-clients`"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    environment = os.environ | backend.environment
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(tmp_path)}
    page = entries(PAGE)
    assert len(page) >= 50
    with terminals(tmp_path, environment) as opened:
        for entry in page:
            printed = opened.type(entry)
            assert entry.fits(printed), f"{entry.command}\nexpected:\n{entry.expected}\nprinted:\n{printed}"


def test_a_page_that_promises_something_else_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ echo one; echo 2\none\n…\n$ true\n$ echo three\nfour\n```\n```console bob\nhello\n```\n"
    )
    typed = entries(page)
    assert typed == [
        Entry("", "echo one; echo 2", "one\n…\n"),
        Entry("", "true", ""),
        Entry("", "echo three", "four\n"),
        Entry("bob", "", "hello\n"),
    ]
    with terminals(tmp_path, os.environ) as opened:
        assert [entry.fits(opened.type(entry)) for entry in typed[:3]] == [True, True, False]
        assert opened.type(Entry("bob", "printf 'hello\\nbye\\n'", "")) == ""
        assert typed[3].fits(opened.type(typed[3]))
        assert not typed[3].fits(opened.type(typed[3]))
    assert not Entry("", "true", "").fits("surprise\n")
    assert not Entry("", "", "…\n").fits("two\nlines\n")
