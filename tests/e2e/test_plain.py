"""`xasup chat --plain` in pseudo terminals on a real backend: two people, consent, a message, what became of it."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.test_terminal import connect_string
from tests.support.backend import Account, Backend
from tests.support.tmux import XASUP

PATIENCE = 20.0  # seconds


class Line:
    """A process on a pseudo terminal, read by a thread of its own."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self._keyboard, terminal = pty.openpty()
        self.process = subprocess.Popen(
            words, stdin=terminal, stdout=terminal, stderr=terminal, env=environment, start_new_session=True
        )
        os.close(terminal)
        self.raw, self._news = "", threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def types(self, text: str) -> None:
        os.write(self._keyboard, f"{text}\r".encode())

    def hears(self, *texts: str) -> None:
        """Wait until all have been said."""
        with self._news:
            found = self._news.wait_for(lambda: all(text in self.raw for text in texts), PATIENCE)
        assert found, f"waited {PATIENCE:g} s to hear {texts}; heard:\n{self.raw}"

    def status(self) -> int:
        return self.process.wait(PATIENCE)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._keyboard, 65536)
            except OSError:
                return  # the process is gone
            with self._news:
                self.raw += data.decode(errors="replace")
                self._news.notify_all()


@contextmanager
def chatting(folder: Path, account: Account, term: str, *options: str) -> Iterator[Line]:
    files, secret = folder / account.user, folder / f"{account.user}.secret"
    files.mkdir()
    secret.write_text(connect_string(account))
    environment = {
        "PATH": os.environ["PATH"],
        "XDG_DATA_HOME": str(files),
        "XDG_CONFIG_HOME": str(files),
        "LANG": "C.UTF-8",
        "TERM": term,
        "NO_COLOR": "1",
    }
    line = Line([str(XASUP), "chat", "--connect-file", str(secret), *options], environment)
    try:
        yield line
    finally:
        line.process.kill()
        line.process.wait()


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_two_people_from_strangers_to_a_message_that_is_read(backend: Backend, tmp_path: Path, term: str) -> None:
    one, two = asyncio.run(backend.users("alice", "bob"))
    options = ["--plain"] if term == "xterm" else []
    with chatting(tmp_path, one, term, *options) as alice, chatting(tmp_path, two, term, *options) as bob:
        alice.hears("You are online.")
        bob.hears("You are online.")
        alice.types(f"/ask {two.user} from the kite club")
        bob.hears(f"{one.user} asks to talk with you: “from the kite club”. You can type /accept {one.user}")
        bob.types("/accept")
        alice.hears(f"You are with {two.user}, who is online.")
        bob.hears(f"You are with {one.user}, who is online.")
        alice.types("is the lake frozen?")
        bob.hears(f"{one.user}: is the lake frozen?")
        alice.hears(f"Your message “is the lake frozen?” is read by {two.user}.")
        bob.types("日本 not yet")
        alice.hears(f"{two.user}: 日本 not yet")
        bob.types(f"/revoke {one.user}")
        alice.hears(f"You are with {two.user}, who does not accept you now.")
        alice.types("/quit")
        assert alice.status() == 0
        assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|4[0-7]|9[0-7])m|\x1b\[\?1049h|[─│┌]", alice.raw + bob.raw)
        if term == "dumb":
            assert "\x1b" not in alice.raw
            assert "so this is the plain mode" in alice.raw
