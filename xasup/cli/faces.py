"""What a person may talk to: the screen, or lines where a screen does not help. It has an engine until they leave."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from tui_client.app import ChatApp
from tui_client.clocks import Clocks
from tui_client.config import Config
from tui_client.door import DoorApp
from tui_client.doorman import Doorman
from tui_client.engine import Engine
from tui_client.plain.prompt import PromptVoice
from tui_client.plain.session import Line, PlainSession
from tui_client.plain.stream import StreamVoice
from tui_client.plain.voice import Voice
from tui_client.themes import worn
from xasup.cli.account import Account
from xasup.cli.doorman import MachineDoorman, name_of

Crash = Callable[[str], None]
Face = Callable[[Engine, Crash], Awaitable["Ending"]]  # a crash is told to the second argument

DUMB = "This terminal cannot draw a screen, so this is the plain mode, as with `xasup chat --plain`."


class Ending(NamedTuple):
    """*status*: of the process; *account*: the key of the one to go on with."""

    status: int = 0
    account: str = ""


class ScreenDoors:
    """A person chooses an account on a screen."""

    def __init__(self, doorman: MachineDoorman, colour: bool, config: Config) -> None:
        self._doorman, self._colour, self._config = doorman, colour, config

    async def choose(self, wrong: str) -> Account | None:
        app = DoorApp(self._doorman, wrong, self._colour)
        app.theme = worn(self._config.theme, app.available_themes)
        key = await app.run_async()
        return self.open(key) if key else None

    def open(self, key: str) -> Account:
        return self._doorman.open(key)

    def entered(self, account: Account) -> None:
        self._doorman.here = name_of(account)


def has_screen(plain: bool, environment: Mapping[str, str]) -> bool:
    """Whether accounts can be chosen on a screen."""
    return not plain and not is_dumb(environment)


def is_dumb(environment: Mapping[str, str]) -> bool:
    """Whether the terminal can only print."""
    return environment.get("TERM", "").lower() in ("", "dumb", "unknown")


def choose(plain: bool, environment: Mapping[str, str], config: Config, doorman: Doorman) -> Face:
    """The screen, unless it is asked or of no use."""
    if is_dumb(environment):
        return _stream if plain else _stream_with_a_word
    return _prompt if plain else _screen("NO_COLOR" not in environment, config, doorman)


def _screen(colour: bool, config: Config, doorman: Doorman) -> Face:
    async def face(engine: Engine, on_crash: Crash) -> Ending:
        preferences = await engine.preferences()
        app = ChatApp(
            engine, colour=colour, on_crash=on_crash, keys=config.effective(preferences.keys), doorman=doorman
        )
        app.theme = worn(config.theme or preferences.theme, app.available_themes)
        account = await app.run_async()
        return Ending(app.return_code or 0, account or "")

    return face


async def _prompt(engine: Engine, on_crash: Crash) -> Ending:
    return await _in_lines(engine, lambda line: PromptVoice(line.prompt, line.complete, line.changed))


async def _stream(engine: Engine, on_crash: Crash) -> Ending:
    return await _in_lines(engine, lambda line: StreamVoice(sys.stdin.fileno(), sys.stdout))


async def _stream_with_a_word(engine: Engine, on_crash: Crash) -> Ending:
    sys.stdout.write(f"{DUMB}\n")
    return await _stream(engine, on_crash)


async def _in_lines(engine: Engine, voice: Callable[[Line], Voice]) -> Ending:
    await PlainSession(engine, Clocks(), voice).run()
    return Ending()
