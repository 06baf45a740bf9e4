"""From where to where in the order somebody was in a group, decided from what is known. Refuses to know: storage.

News may be repeated, and old news may come again after newer ones. Whatever is in doubt opens nothing: a membership
opens only by a decision that is newer than the one that ended the last.
"""

from __future__ import annotations

from typing import NamedTuple

from xasup.wire.mailboxes.port import Membership

OPEN = (1 << 62) - 1  # the end of a membership that has not ended
NEVER = (1 << 62) - 1  # milliseconds; when one ended that no decision has ended


class Span(NamedTuple):
    """What lies after place *start* and before place *end* can be seen, if the bridge took it at *until* or before.
    *since*, *until*: when it was decided, in milliseconds since the epoch."""

    start: int
    end: int
    since: int
    until: int

    @property
    def is_open(self) -> bool:
        return self.end == OPEN


def turn(last: Span | None, news: Membership, place: int) -> Span | None:
    """What *news* at *place* makes of the *last* span of this user in this group: the same one changed (it has the same
    start), or another one after it; None: nothing."""
    if last is None:
        return _opened(news, place) if news.inside else _never(news, place)
    if news.inside:
        return _entered(last, news, place)
    return _left(last, news, place)


def cut(span: Span, place: int) -> Span:
    """Nobody knows what was decided before *place*."""
    return span._replace(end=place) if span.is_open else span


def _entered(last: Span, news: Membership, place: int) -> Span | None:
    if last.is_open:
        return last._replace(since=max(last.since, news.at))
    was_cut = last.until == NEVER
    return _opened(news, place) if news.at > last.until or (was_cut and news.at >= last.since) else None


def _left(last: Span, news: Membership, place: int) -> Span | None:
    if last.until == NEVER:  # open, or cut off with nobody knowing why
        return last._replace(end=min(last.end, place), until=news.at) if news.at >= last.since else None
    return _never(news, place) if news.at > last.until else None


def _opened(news: Membership, place: int) -> Span:
    return Span(place, OPEN, news.at, NEVER)


def _never(news: Membership, place: int) -> Span:
    """Holds nothing; an older decision that comes again finds it."""
    return Span(place, place, news.at, news.at)
