"""A real terminal for tests: `xasup chat` in tmux, driven by keys and judged by what the screen says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 15.0  # seconds until a test gives up waiting for the screen
LOOK_EVERY = 0.05  # seconds; tmux cannot tell that a pane has changed
XASUP = Path(sys.executable).with_name("xasup")
SETTINGS = "set -g status off\n"
ENDED = "ended with status"
RUN = f'"$@"; echo "{ENDED} $?"; exec cat'  # tmux 3.3 sometimes does not notice that a pane has died


class Terminal:
    """A tmux server with one pane, without anybody's configuration. (One for each, since a second session would resize
    the first one's windows.)"""

    def __init__(self, folder: Path, name: str) -> None:
        self._socket, self._settings = folder / f"{name}.tmux", folder / "tmux.conf"
        self._settings.write_text(SETTINGS)

    def start(self, words: list[str], environment: dict[str, str], size: tuple[int, int]) -> None:
        """Run a program in it."""
        variables = [word for item in environment.items() for word in ("-e", "{}={}".format(*item))]
        self._tmux(
            "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), *variables, "sh", "-c", RUN, "sh", *words
        )

    def stop(self) -> None:
        """End it and what runs in it, if anything still does."""
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True, check=False)

    @property
    def pid(self) -> int:
        """Of the program."""
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()
        return int(Path(f"/proc/{shell}/task/{shell}/children").read_text())

    def types(self, text: str) -> None:
        """Letter by letter, then Enter."""
        self._tmux("send-keys", "-l", text)
        self.presses("Enter")

    def presses(self, *keys: str) -> None:
        """Keys by tmux's names."""
        self._tmux("send-keys", *keys)

    def pastes(self, text: str) -> None:
        """As from a clipboard."""
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p", "-d")

    @property
    def title(self) -> str:
        """Of the window."""
        return self._tmux("display-message", "-p", "#{pane_title}").strip()

    def resize(self, width: int, height: int) -> None:
        """Make it another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def text(self, escapes: bool = False) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p", *(["-e"] if escapes else []))

    def sees(self, *texts: str) -> str:
        """Wait until the screen says all of them; the screen."""
        end = time.monotonic() + PATIENCE
        while True:
            text = self.text()
            if all(each in text for each in texts):
                return text
            if time.monotonic() > end:
                raise AssertionError(f"waited {PATIENCE:g} s to see {texts}; the screen says:\n{text}")
            time.sleep(LOOK_EVERY)

    def status(self) -> int:
        """Wait until the program has ended; its exit status."""
        return int(self.sees(ENDED).rpartition(ENDED)[2].split()[0])

    def _tmux(self, *arguments: str) -> str:
        argv = ["tmux", "-u", "-f", str(self._settings), "-S", str(self._socket), *arguments]
        # readline and test tools set these two for the terminal that they were started in
        environment = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")}
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE)
        return done.stdout


class Desktop:
    """Terminals with `xasup chat` in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.open: list[Terminal] = []

    def chat(
        self,
        name: str,
        connect: str,
        size: tuple[int, int] = (80, 24),
        colour: bool = True,
        as_argument: bool = False,
        home: str = "",
    ) -> Terminal:
        """The chat of this account in a terminal of *size*. *connect*: "" for `xasup chat` and nothing else; *home*:
        somebody else's files instead of its own."""
        files = self._folder / (home or name)
        files.mkdir(exist_ok=True)
        secret = self._folder / f"{name}.secret"
        secret.write_text(connect)
        environment = {"XDG_DATA_HOME": str(files), "XDG_CONFIG_HOME": str(files), "LANG": "C.UTF-8"}
        given = [connect] if as_argument else ["--connect-file", str(secret)]
        words = [str(XASUP), "chat", *(given if connect else [])]
        terminal = Terminal(self._folder, name)
        self.open.append(terminal)
        terminal.start(words, environment if colour else environment | {"NO_COLOR": "1"}, size)
        return terminal


@contextmanager
def running_desktop(folder: Path) -> Iterator[Desktop]:
    """For the time of the block; all its terminals end with it."""
    if shutil.which("tmux") is None:
        reason = "no tmux; install it with `apt-get install tmux`"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    desktop = Desktop(folder)
    try:
        yield desktop
    finally:
        for terminal in desktop.open:
            terminal.stop()
