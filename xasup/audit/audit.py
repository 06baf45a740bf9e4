"""An audit: reads what is new in the log into a ledger, and asks the checks. Refuses to know: files, what is printed.

Streams are read in such an order that nothing which is told of can be missed: receipts before the messages that they
are about, messages before the decisions that let them pass. The log may drop its oldest decisions meanwhile: what the
rest does not tell is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from xasup.audit.checks import CHECKS, Reach
from xasup.audit.facts import facts_of
from xasup.audit.findings import Check, Finding, Findings
from xasup.audit.ledger import Ledger
from xasup.protocol.streams import Stream
from xasup.wire.log.port import Extent, Log, Shard, Trimmed, offset_key
from xasup.wire.log.sweep import end_of, sweep

# What may look wrong only because the log went on while it was read.
_IN_DOUBT = frozenset({Check.UNFOUNDED, Check.MISSING, Check.DISPLACED, Check.UNASKED, Check.REVOKED, Check.LATE})
_TRIES = 3  # to read decisions of which the oldest go
_ORDER = (Stream.RECEIPTS, Stream.MESSAGES, Stream.CONTACTS)
Claim = tuple[str, str, str, str, int]  # see Ledger.claim()


@dataclass(frozen=True, slots=True)
class Report:
    """*read*: records and ids by what they are; *dropped*: by the broker, None: nobody tells."""

    reach: Reach
    read: dict[str, int]
    findings: Findings
    dropped: int | None

    def failed(self, strict: bool) -> int:
        return self.findings.failed(strict)


class Audit:
    """*since*: milliseconds since the epoch, None: all that there is; *most*: findings that are kept of each check;
    *progress* is told how many records were read, now and then."""

    def __init__(self, log: Log, ledger: Ledger, since: int | None, most: int, progress: Callable[[int], None]) -> None:
        self._log, self._ledger, self._since, self._most = log, ledger, since, most
        self._progress = progress
        self._taken: dict[Shard, str] = {}
        self._whole: dict[Stream, bool] = {}
        self._holes: list[Finding] = []
        self._begun = self._read = 0

    def claim(self, claims: Iterable[Claim]) -> None:
        """What somebody has from the log; before read()."""
        self._ledger.claim(claims)

    async def read(self, streams: Sequence[Stream] = _ORDER) -> None:
        """What is new, of each stream up to a hole. Raises Unavailable, Trimmed."""
        for stream in streams:
            first = stream not in self._whole
            if first:
                await self._begin(stream)
            await (self._decisions() if stream is Stream.CONTACTS else self._sweep(stream))
            if first and self._whole[stream]:  # some may have gone before they were read
                self._whole[stream] = await self._is_whole(stream)
        self._ledger.sort()

    async def report(self, dropped: int | None) -> Report:
        """What is wrong so far; where it may be the log that went on meanwhile, after a second look. *dropped*: what
        the broker says. Raises Unavailable, Trimmed."""
        findings = self._find()
        if _IN_DOUBT & findings.counts.keys():
            await self.read((Stream.MESSAGES, Stream.CONTACTS))
            findings = self._find()
        if dropped:
            findings.add(Finding(Check.DROPPED, f"{dropped} messages", "since the broker was started"))
        tables = ("messages", "receipts", "decisions", "claims")
        return Report(self._reach, {table: self._ledger.count(table) for table in tables}, findings, dropped)

    @property
    def _reach(self) -> Reach:
        decisions = self._whole.get(Stream.CONTACTS, False) and self._ledger.count("decisions") > 0
        return Reach(self._whole.get(Stream.MESSAGES, False), decisions, self._begun)

    def _find(self) -> Findings:
        findings = Findings(self._most)
        for hole in self._holes:
            findings.add(hole)
        for check in () if self._holes else CHECKS:  # the half that was read would make whole messages look wrong
            for finding in check(self._ledger, self._reach):
                findings.add(finding)
        return findings

    async def _sweep(self, stream: Stream) -> None:
        end, extents = await end_of(self._log, stream), await self._log.extent(stream)
        try:
            async for chunk in sweep(self._log, [stream], self._taken, end):
                self._ledger.add(fact for entry in chunk for fact in facts_of(entry))
                self._read += len(chunk)
                self._progress(self._read)
        except Trimmed as error:
            left = await self._log.extent(stream)
            if any(
                left[shard].first != it.first or _gone(it, self._taken.get(shard, "")) for shard, it in extents.items()
            ):
                raise  # the oldest records went, before or while it was read
            self._holes.append(Finding(Check.HOLE, stream, f"{error}; restore a backup, or see what removed them"))
        self._taken |= end

    async def _decisions(self) -> None:
        """All that are left, from the oldest on, where some have gone that were not read: what was decided before a
        hole may not hold any more."""
        for left in reversed(range(_TRIES)):
            try:
                await self._sweep(Stream.CONTACTS)
            except Trimmed:
                if not left:
                    raise
                self._whole[Stream.CONTACTS] = False
                self._ledger.forget_decisions()
                self._taken = {shard: at for shard, at in self._taken.items() if shard.stream != Stream.CONTACTS}
            else:
                return

    async def _begin(self, stream: Stream) -> None:
        """Decisions are read from the first one on, whatever was asked for: an old one may still hold."""
        if self._since is not None and stream is not Stream.CONTACTS:
            self._whole[stream], self._begun = False, self._since
            self._taken |= await self._log.at_time([stream], self._since)
        else:
            self._whole[stream] = await self._is_whole(stream)

    async def _is_whole(self, stream: Stream) -> bool:
        extents = await self._log.extent(stream)
        last = await self._log.before_end(stream, 0)
        return all(_whole(extent.first, last.get(shard, "")) for shard, extent in extents.items())


def _gone(extent: Extent, taken: str) -> bool:
    """Whether what follows *taken* went with the oldest records."""
    return taken != "" and extent.first != "" and offset_key(extent.first)[-1] > offset_key(taken)[-1] + 1


def _whole(first: str, last: str) -> bool:
    """Whether nothing before *first* was ever there; Kafka counts from 0, the others from 1. Where nothing is left
    (""), *last* tells."""
    return offset_key(first)[-1] <= 1 if first else not last or offset_key(last)[-1] == 0
