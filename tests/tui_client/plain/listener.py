"""A person who hears the plain mode, for tests: types lines, and waits for what is said. Works with any engine."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from tui_client.clocks import Clocks
from tui_client.engine import Engine
from tui_client.plain.prompt import PromptVoice
from tui_client.plain.session import Line, PlainSession
from tui_client.plain.voice import Voice

PATIENCE = 10.0  # seconds
_CLOCKS = Clocks(wall=lambda: datetime(2026, 11, 22, 13, 0, tzinfo=UTC))


class Listener:
    """Hands and ears. *said*: every line that was said, in order."""

    def __init__(self, keyboard: PipeInput, raw: io.StringIO) -> None:
        self._keyboard, self.raw = keyboard, raw
        self.said: list[str] = []
        self._news = asyncio.Event()

    def heard(self, line: str) -> None:
        self.said.append(line)
        self._news.set()

    def types(self, text: str) -> None:
        self._keyboard.send_text(f"{text}\r")

    def presses(self, keys: str) -> None:
        self._keyboard.send_text(keys)

    async def hears(self, *texts: str) -> None:
        """Wait until each of them has been in a line."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not all(any(text in line for line in self.said) for text in texts):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"waited to hear {texts}; heard:\n" + "\n".join(self.said)) from None


class _Heard:
    """Passes on to a real voice, and lets the listener hear."""

    def __init__(self, voice: PromptVoice, listener: Listener) -> None:
        self._voice, self._listener = voice, listener
        self.suggest, self.lines, self.close = voice.suggest, voice.lines, voice.close

    def say(self, line: str) -> None:
        self._voice.say(line)
        self._listener.heard(line)


@asynccontextmanager
async def listening(engine: Engine) -> AsyncIterator[Listener]:
    """The plain mode on *engine*, through a pipe."""
    raw = io.StringIO()
    output = Vt100_Output(raw, lambda: Size(24, 80), term="xterm")
    with create_pipe_input() as keyboard, create_app_session(keyboard, output):
        listener = Listener(keyboard, raw)

        def voice(line: Line) -> Voice:
            return _Heard(PromptVoice(line.prompt, line.complete, line.changed, keyboard, output), listener)

        running = asyncio.create_task(PlainSession(engine, _CLOCKS, voice).run())
        await listener.hears("XasUp, as")
        try:
            yield listener
        finally:
            listener.presses("\x15")  # an empty line, where something stands
            listener.presses("\x04")
            async with asyncio.timeout(PATIENCE):
                await running
