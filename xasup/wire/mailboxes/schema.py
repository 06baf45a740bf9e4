"""How the mailboxes lie in SQLite. Refuses to know: connections.

A letter lies once, in the order of arrival, whatever the number of mailboxes that it is in; a mailbox is a list of
places. So what is written grows at its end, and what is scattered is small.
"""

VERSION = 2

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -65536",
    "PRAGMA wal_autocheckpoint = 4096",
    "PRAGMA journal_size_limit = 67108864",
)

# letters.id begins the index of what is known: ids of version 7 grow with time, so new ones lie together.
# memberships."end", until: as in spans.py; a place is `letters.seq`, "user" and "grp" are boxes.
# sum: see sums.py; NULL in rows that a version without it wrote.
FIRST = """
CREATE TABLE meta (generation TEXT NOT NULL, head INTEGER NOT NULL) STRICT;
CREATE TABLE cursor (stream TEXT NOT NULL, shard INTEGER NOT NULL, offset TEXT NOT NULL, PRIMARY KEY (stream, shard))
    STRICT, WITHOUT ROWID;
CREATE TABLE boxes (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE topics (id INTEGER PRIMARY KEY, topic TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE letters (seq INTEGER PRIMARY KEY, id TEXT, sender INTEGER NOT NULL, topic INTEGER NOT NULL,
    at INTEGER NOT NULL, log TEXT NOT NULL, payload BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX letters_once ON letters (id, sender) WHERE id IS NOT NULL;
CREATE TABLE places (box INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (box, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE memberships (user INTEGER NOT NULL, grp INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (user, grp, start)) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_end ON memberships (user, "end");
CREATE TABLE sights (id TEXT NOT NULL, author INTEGER NOT NULL, by INTEGER NOT NULL, delivered INTEGER NOT NULL,
    read INTEGER NOT NULL, PRIMARY KEY (id, author, by)) STRICT, WITHOUT ROWID;
"""

# What takes a file of the version before to the next one.
MIGRATIONS = {
    1: """
ALTER TABLE letters ADD COLUMN sum INTEGER;
ALTER TABLE memberships ADD COLUMN sum INTEGER;
ALTER TABLE cursor ADD COLUMN sum INTEGER;
""",
}
SCHEMA = FIRST + "".join(MIGRATIONS.values())
