"""`xasup log dead-letters`: what could not be understood or kept, and what is done about it."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

import click

from xasup.cli import letters
from xasup.cli.letters import How, Settled
from xasup.cli.log_desk import LogDesk, at_log
from xasup.cli.log_lines import as_fields, header, second, short
from xasup.protocol import ids
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.streams import Header, Stream, Type
from xasup.runtime.output import Table, emit, say
from xasup.wire.log.port import Entry, Log, Position, Record
from xasup.wire.log.sweep import end_of, find, sweep

_PATIENCE = 10.0  # seconds for an append
_STREAM = Stream.DEAD_LETTERS
_COLUMNS = [("position", 20), ("when", 20), ("bytes", 7), ("topic", 36), ("reason", 1)]
_POSITIONS = click.argument("positions", metavar="POSITION...", nargs=-1)
_ALL = click.option("--all", "everything", is_flag=True, help="All that are not settled.")


@click.group("dead-letters")
def dead_letters() -> None:
    """What could not be understood or kept; each has a POSITION, as in `list`.

    The log is append-only: a letter that is settled stays, and a record after it says so.

    \b
    Examples:
      xasup log dead-letters list
      xasup log dead-letters show 0/1795678901234-7
      xasup log dead-letters retry --all
    """


@dead_letters.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are settled too.")
@at_log
async def list_(desk: LogDesk, everything: bool) -> None:
    """List dead letters that are not settled, with the reason; not what they say.

    \b
    Examples:
      xasup log dead-letters list
      xasup log dead-letters list --json | jq -r .position | xargs xasup log dead-letters drop
    """
    table = None if desk.as_json else Table(_COLUMNS)
    async for letter, how in _letters(desk.log):
        if how and not everything:
            continue
        topic, reason = letters.topic_of(letter), header(letter, Header.REASON)
        if table is None:
            emit(
                {
                    "position": str(letter.position),
                    "at": letter.at,
                    "bytes": len(letter.value),
                    "topic": topic,
                    "reason": reason,
                    "settled": how or None,
                }
            )
        else:
            told = f"{reason} ({how})" if how else reason
            table.row(letter.position, second(letter.at), len(letter.value), topic, told)


@dead_letters.command()
@click.argument("position")
@at_log
async def show(desk: LogDesk, position: str) -> None:
    """Show one dead letter, with all headers and what it says.

    \b
    Example:
      xasup log dead-letters show 0/1795678901234-7
    """
    letter, how = (await _find(desk.log, [position]))[0]
    facts = as_fields(letter)
    if desk.as_json:
        emit(facts | {"settled": how or None})
        return
    for name, value in {"position": facts["position"], "at": second(letter.at), **facts["headers"]}.items():
        say(f"{name + ':':<16} {value}")
    if how:
        say(f"{'settled:':<16} {how}")
    say("")
    say(facts.get("payload") or f"base64: {facts.get('base64', '')}")


@dead_letters.command()
@_POSITIONS
@_ALL
@at_log
async def retry(desk: LogDesk, positions: tuple[str, ...], everything: bool) -> None:
    """Take dead letters as the bridge would today: what is understood now goes to the stream where it belongs.

    It keeps the time when it came; history gives it to its recipient, as something missed. The sender is not told. A
    message whose id the log already holds is not added a second time: to see that, all messages are read, for each
    letter. Exit status 1 where one is still not understood.

    \b
    Examples:
      xasup log dead-letters retry 0/1795678901234-7
      xasup log dead-letters retry --all --json
    """
    await _settle(desk, positions, everything, How.RETRIED)


@dead_letters.command()
@_POSITIONS
@_ALL
@at_log
async def drop(desk: LogDesk, positions: tuple[str, ...], everything: bool) -> None:
    """Mark dead letters as settled: `list` shows them no more. They stay in the log.

    \b
    Examples:
      xasup log dead-letters drop 0/1795678901234-7
      xasup log dead-letters drop --all
    """
    await _settle(desk, positions, everything, How.DROPPED)


async def _settle(desk: LogDesk, positions: Sequence[str], everything: bool, how: How) -> None:
    if bool(positions) == everything:
        raise click.UsageError("name the POSITION of each letter, or say --all")
    refused = False
    async for letter, before in _letters(desk.log) if everything else _each(await _find(desk.log, positions)):
        if before:
            if positions:
                _tell(desk, letter, {"settled": before}, f"was {before} before")
            continue
        try:
            where = await _retry(desk.log, letter) if how is How.RETRIED else ""
            await _append(desk.log, letters.settlement(letter, how, _new_id(), _now()))
        except (Refused, Malformed) as error:
            refused = True
            _tell(desk, letter, {"settled": None, "reason": str(error)}, f"stays: {error}")
        else:
            _tell(desk, letter, {"settled": how, "where": where or None}, f"is {how} {where}".rstrip())
    if refused:
        sys.exit(1)


def _tell(desk: LogDesk, letter: Entry, facts: Mapping[str, object], sentence: str) -> None:
    if desk.as_json:
        emit({"position": str(letter.position), "topic": letters.topic_of(letter), **facts})
    else:
        say(f"{letter.position} {sentence}")


async def _retry(log: Log, letter: Entry) -> str:
    """Stream and position of what it became. Raises Refused, Malformed, Unavailable."""
    record = letters.again(letter, _new_id())
    there = None
    if dict(record.headers)[str(Header.TYPE)] == Type.MESSAGE.encode():
        there = await _there(log, record)
    return f"{short(record.stream)} {there or await _append(log, record)}"


async def _there(log: Log, record: Record) -> Position | None:
    """Where the log already has this message. Raises Refused."""
    async for chunk in sweep(log, [record.stream], {}, await end_of(log, record.stream)):
        for entry in chunk:
            if letters.same(record, entry):
                return entry.position
    return None


async def _append(log: Log, record: Record) -> Position:
    try:
        async with asyncio.timeout(_PATIENCE):
            [outcome] = await log.append([record])
    except TimeoutError:
        state = log.state
        raise Unavailable(f"it takes no record for {_PATIENCE:g} s: {state.reason or state.word}") from None
    if isinstance(outcome, Malformed):
        raise outcome
    return outcome


async def _letters(log: Log) -> AsyncIterator[tuple[Entry, str]]:
    """All, with how each was settled; reads the stream twice."""
    end, settled = await end_of(log, _STREAM), Settled()
    async for chunk in sweep(log, [_STREAM], {}, end):
        for entry in chunk:
            settled.note(entry)
    async for chunk in sweep(log, [_STREAM], {}, end):
        for entry in chunk:
            if letters.is_letter(entry):
                yield entry, settled.how(entry.position)


async def _find(log: Log, positions: Sequence[str]) -> list[tuple[Entry, str]]:
    """Raises Refused for one that is not there."""
    wanted = {Position.parse(position): position for position in positions}
    found = []
    for position, typed in wanted.items():
        letter = await find(log, _STREAM, position)
        if letter is None or not letters.is_letter(letter):
            raise Refused(f"there is no dead letter at {typed}; `xasup log dead-letters list` shows what there is")
        found.append(letter)
    settled = Settled()
    async for chunk in sweep(log, [_STREAM], {}, await end_of(log, _STREAM)):
        for entry in chunk:
            settled.note(entry)
    return [(letter, settled.how(letter.position)) for letter in found]


async def _each(found: list[tuple[Entry, str]]) -> AsyncIterator[tuple[Entry, str]]:
    for each in found:
        yield each


def _new_id() -> str:
    return ids.uuid7(time.time_ns() // 1_000_000, secrets.randbits(74))


def _now() -> bytes:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
