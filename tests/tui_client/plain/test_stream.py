"""The voice for terminals that can only print."""

from __future__ import annotations

import asyncio
import io
import os

from tui_client.plain.stream import StreamVoice


async def test_lines_come_whole_however_they_are_cut() -> None:
    source, keyboard = os.pipe()
    voice = StreamVoice(source, io.StringIO())
    heard = []
    text = "日本 one\r\ntwo\nthree"
    for byte in text.encode():
        os.write(keyboard, bytes([byte]))
    async with asyncio.timeout(10):
        lines = voice.lines()
        heard = [await anext(lines), await anext(lines)]
        os.close(keyboard)
        rest = [line async for line in lines]
    os.close(source)
    assert heard == ["日本 one", "two"]
    assert rest == []  # a line that was begun and not entered is not sent


async def test_what_is_said_is_a_line() -> None:
    out = io.StringIO()
    voice = StreamVoice(0, out)
    voice.say("18:02 bob: hi")
    assert out.getvalue() == "18:02 bob: hi\n"
    assert not voice.suggest("text")
