"""Tells people what became of their messages: delivered, read, refused. What to say is in owed.py; here it is sent.

Where the way back is closed (a one-way edge) the broker refuses the receipt; that is as it should be, and is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from xasup.client.owed import Owed
from xasup.client.progress import Progress
from xasup.client.sorting import Arrived, is_local
from xasup.protocol import receipts, topics
from xasup.protocol.errors import Unavailable, XasupError
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.receipts import Receipt
from xasup.protocol.states import State
from xasup.wire.mqtt import Wire
from xasup.wire.store import Line, Task


class Teller:
    """*progress* notes which *read* receipts have arrived."""

    def __init__(self, me: UserId, progress: Progress) -> None:
        self._me, self._progress = me, progress
        self._owed = Owed()
        self._wire: Wire | None = None

    def attach(self, wire: Wire, shown: Iterable[Line]) -> None:
        """There is a connection; *shown*: what was read while there was none, or not told before."""
        self._wire = wire
        self.owe(shown)

    def detach(self) -> None:
        """There is none."""
        self._wire = None
        self._owed.forget()

    def owe(self, lines: Iterable[Line]) -> None:
        """*Read* or *delivered*, as their state says; of what was read in silence *delivered* is all that is told.
        Groups and lines without an id of their sender get nothing."""
        if self._wire is None:
            return
        for line in lines:
            if line.sender != line.conversation or is_local(line.id):
                continue
            read = line.state is State.READ and line.task is not Task.QUIET
            say = self._owed.read if read else self._owed.delivered
            say(UserId(line.sender), (MessageId(line.id),))
        self.send()

    def owe_early(self, arrived: Iterable[Arrived]) -> None:
        """The bad habit: before the file has them."""
        if self._wire is not None:
            for item in arrived:
                if item.sender == item.conversation and not is_local(item.id):
                    self._owed.delivered(item.sender, (item.id,))
            self.send()

    def refuse(self, peer: UserId, id: MessageId, reason: str) -> None:
        """This one could not be accepted."""
        if self._wire is not None:
            self._owed.refused(peer, id, reason)

    def send(self) -> None:
        """What may go now."""
        wire = self._wire
        if wire is None:
            return
        for peer, receipt in self._owed.take():
            topic = topics.receipt(peer, self._me)
            wire.publish_with(topic, receipts.encode(receipt), partial(self._ended, wire, peer, receipt))

    def _ended(self, wire: Wire, peer: UserId, receipt: Receipt, error: XasupError | None) -> None:
        if wire is not self._wire or not wire.alive:
            return
        if receipt.read and not isinstance(error, Unavailable):
            self._progress.told(peer, receipt.read)
        self._owed.landed(peer)
        self.send()
