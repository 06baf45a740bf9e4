"""Mailboxes for tests: each kind, and a few words for filling them and looking into them.

`python -m tests.support.mailboxes FILE COUNT SIZE` fills a file with a story, batch by batch, and tells of each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from xasup.protocol import topics
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.streams import Stream
from xasup.wire.log.port import Shard
from xasup.wire.mailboxes import (
    Batch,
    Kept,
    Letter,
    Mailboxes,
    Membership,
    MemoryMailboxes,
    Page,
    Sight,
    SqliteMailboxes,
    Wanted,
    open_file,
)

MESSAGES = Shard(Stream.MESSAGES, 0)
GENERATION = "00000000000000a1"
Item = Callable[[Batch], None]


def sqlite(path: Path, generation: str = GENERATION) -> SqliteMailboxes:
    return open_file(path, lambda: generation)


def memory() -> MemoryMailboxes:
    return MemoryMailboxes(GENERATION)


def message(sender: str, to: str, id: str, at: int = 1000, payload: bytes = b"") -> Item:
    """*to*: a user, or `g:{group}`."""
    return lambda batch: batch.letters.append(Letter(batch.order(), topic(sender, to), id, at, f"0/{at}", payload))


def receipt(by: str, author: str, *, delivered: Iterable[str] = (), read: Iterable[str] = (), at: int = 1000) -> Item:
    def put(batch: Batch) -> None:
        where = topics.receipt(UserId(author), UserId(by))
        batch.letters.append(Letter(batch.order(), where, None, at, f"0/{at}", b""))
        for ids, is_read in ((delivered, False), (read, True)):
            batch.sights += [Sight(id, UserId(author), UserId(by), at, is_read) for id in ids]

    return put


def joins(user: str, group: str, at: int = 1000) -> Item:
    return lambda batch: batch.memberships.append(Membership(batch.order(), UserId(user), GroupId(group), True, at))


def leaves(user: str, group: str, at: int = 1000) -> Item:
    return lambda batch: batch.memberships.append(Membership(batch.order(), UserId(user), GroupId(group), False, at))


def topic(sender: str, to: str) -> str:
    if to.startswith("g:"):
        return topics.group_message(GroupId(to[2:]), UserId(sender))
    return topics.message(UserId(to), UserId(sender))


def keep(boxes: Mailboxes, *items: Item, offset: str = "1", gap: bool = False) -> Kept:
    batch = Batch({MESSAGES: offset}, gap=gap)
    for item in items:
        item(batch)
    return boxes.keep(batch)


def seen(boxes: Mailboxes, user: str, peer: str = "", after: int = 0) -> list[str]:
    """What *user* finds, page by page, as `{actor}:{at}`."""
    return [
        f"{entry.topic.split('/')[-1]}:{entry.at}" for page in pages(boxes, user, peer, after) for entry in page.entries
    ]


def pages(boxes: Mailboxes, user: str, peer: str = "", after: int = 0, limit: int = 3) -> Iterator[Page]:
    """All pages, to the last."""
    while True:
        page = boxes.page(Wanted(UserId(user), after, peer, limit))
        yield page
        if not page.more:
            return
        after = page.entries[-1].seq


def story(count: int, size: int) -> Iterator[Batch]:
    """Batches of *size*: people who write to each other and to groups that they join and leave, with repetitions."""
    for number in range(count):
        batch = Batch({MESSAGES: str(number + 1)})
        for place in range(size):
            at = number * size + place
            one, other, circle = f"p{at % 7}", f"p{at * 3 % 5}", f"c{at % 3}"
            items = (
                message(one, other, f"m{at}", at),
                message(one, other, f"m{at - at % 4}", at),
                message(one, f"g:{circle}", f"g{at}", at),
                joins(other, circle, at),
                leaves(other, circle, at),
                receipt(other, one, delivered=[f"m{at - 7}"], read=[f"m{at - 14}"], at=at),
            )
            items[at % len(items)](batch)
        yield batch


def everything(boxes: Mailboxes) -> dict[str, list[str]]:
    """What each of the people of story() finds, and in which order."""
    return {user: seen(boxes, user) for user in (f"p{number}" for number in range(7))}


def _main(path: Path, count: int, size: int) -> None:
    boxes = sqlite(path)
    done = int(boxes.cursor().get(MESSAGES, "0"))
    for number, batch in enumerate(story(count, size)):
        if number >= done:
            boxes.keep(batch)
            print(number, flush=True)
    boxes.close()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
