"""The command that writes a conversation into a file. Refuses to know formats and widgets.

May raise Malformed or Unavailable; whoever calls it shows the sentence.
"""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from tui_client.counter import Desk
from xasup.client.export import About, Format, document, pages
from xasup.client.export_file import writing
from xasup.protocol.errors import Malformed

FORMATS = tuple(Format)
_SAID_EVERY = 5000  # messages


async def export(desk: Desk, text: str) -> None:
    """The open conversation; the first word names the format, the rest a file."""
    if not text:
        return desk.prefill("/export ")
    word, _, name = text.partition(" ")
    format, key = _format(word), desk.view.open
    if not key:
        raise Malformed("open the conversation first that you want to export")
    path = _path(name.strip(), key, format)
    there = path.exists()
    if there and not await desk.confirm(f"{path} is there already. Overwrite it?"):
        return None
    now = desk.clocks.wall()
    about = About(key, desk.view.title(key), desk.view.me, now.astimezone(), now.tzinfo)
    count = await _write(desk, path, about, format, there)
    return desk.remark(f"{'1 message is' if count == 1 else f'{count} messages are'} in {path}")


async def _write(desk: Desk, path: Path, about: About, format: Format, overwrite: bool) -> int:
    made, count = document(format, about), 0
    with writing(path, overwrite) as write:
        write(made.begin())
        async with aclosing(pages(desk.engine, about.conversation)) as found:
            async for page in found:
                write("".join(map(made.message, page)))
                if count // _SAID_EVERY != (count := count + len(page)) // _SAID_EVERY:
                    desk.remark(f"exporting: {count} messages so far …")
        write(made.end())
    return count


def _format(word: str) -> Format:
    try:
        return Format(word.lower())
    except ValueError:
        raise Malformed(f"{word} is no format; expected {', '.join(Format)}, as in /export html bob.html") from None


def _path(name: str, key: str, format: Format) -> Path:
    """Without a name, one of the conversation's own in the folder where the program runs."""
    path = Path(name).expanduser() if name else Path(f"{key.replace(':', '-')}.{format.suffix}")
    return path.absolute()
