"""A voice for terminals that can move their cursor: what is said appears above the line in which a person types.

The one file that knows prompt_toolkit.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import CompleteStyle

from tui_client.plain.completion import Candidate

LEAVE = "Type /quit or press Ctrl+D to leave."


class PromptVoice:
    """*prompt*: what stands before the line; *complete*: what could be meant by what was typed; *changed*: told of each
    change of the line. *input*, *output*: for tests; else the terminal."""

    def __init__(
        self,
        prompt: Callable[[], str],
        complete: Callable[[str], Sequence[Candidate]],
        changed: Callable[[str], None],
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        output = output or create_output()
        if isinstance(output, Vt100_Output):
            output.enable_cpr = False  # not every terminal answers where its cursor is, and we need not know
        self._session: PromptSession[str] = PromptSession(
            lambda: FormattedText([("", prompt())]),
            completer=_Completer(complete),
            complete_style=CompleteStyle.READLINE_LIKE,  # a line of choices below, and no menu that is drawn again
            complete_while_typing=False,
            history=InMemoryHistory(),
            key_bindings=_newline(),
            color_depth=ColorDepth.DEPTH_1_BIT,
            input=input,
            output=output,
        )
        self._session.default_buffer.on_text_changed += lambda buffer: changed(buffer.text)
        self._closed = False

    def say(self, line: str) -> None:
        sys.stdout.write(f"{line}\n")

    def suggest(self, text: str) -> bool:
        buffer = self._session.default_buffer
        if buffer.text:
            return False
        buffer.insert_text(text)
        return True

    async def lines(self) -> AsyncGenerator[str, None]:
        with patch_stdout():
            while not self._closed:
                try:
                    yield await self._session.prompt_async()
                except KeyboardInterrupt:
                    self.say(LEAVE)
                except EOFError:
                    return

    def close(self) -> None:
        self._closed = True
        app = self._session.app
        if app.is_running:
            app.exit(exception=EOFError)


class _Completer(Completer):
    def __init__(self, complete: Callable[[str], Sequence[Candidate]]) -> None:
        self._complete = complete

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        for found in self._complete(document.text_before_cursor):
            yield Completion(found.text, -found.replaces, display_meta=found.help)


def _newline() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def newline(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings
