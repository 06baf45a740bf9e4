"""The tables of a device's file, in SQLite's words.

lines      every message that this device knows; (id, sender) once for ever, so that nothing is shown twice;
           `sum`: see cells.py, NULL for those that a version without it wrote;
           most have no task left, so the index of tasks stays small (queries must say `task != 0` to get it), and
           that of what is OPEN too
threads    per conversation: the number of this device's newest message, the newest line, how many lines are unread, the
           oldest of these (0 for none)
found      the index of words, by `seq` of the line; it keeps no texts, so what is taken out must be spelled again
vocabulary words of more than three letters that are, or were, in it
backlog    lines below this one are not in the index yet: a file of a version without one is read in the background
traits     what was decided about conversations; only what differs from the usual
preferences  one JSON object
unseen     refused lines that surely nobody has got
counts     of every lane: the number of its newest line that was shown
past       how far this device knows its user's past: a position of the history service, with its sum
matched    lines without an id of their sender that were found again in the past
contacts, groups, requests    as in port.py
device     whose file this is
"""

from __future__ import annotations

VERSION = 5

# Mine, and neither the log nor a recipient is known to have it; an index serves only who asks in these very words.
OPEN = "task = 1 AND state != 'stored'"

# The lines by an index. Where SQLite may choose among partial ones it looks at the values, and prepares the statement
# anew for each: twenty times what the query takes.
TASKS, ONCE = "lines INDEXED BY lines_tasks", "lines INDEXED BY lines_once"

# What takes a file of the version before to the next one.
MIGRATIONS = {
    1: """
CREATE TABLE counts (
    conversation TEXT NOT NULL, sender TEXT NOT NULL, src TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (conversation, sender, src)
) WITHOUT ROWID;
CREATE TABLE past (position TEXT NOT NULL);
CREATE TABLE matched (seq INTEGER PRIMARY KEY);
""",
    2: """
ALTER TABLE threads ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
INSERT INTO threads SELECT conversation, 0, 0, count(*), min(seq) FROM lines WHERE task = 3 AND task != 0
    GROUP BY conversation ON CONFLICT (conversation) DO UPDATE SET unread = excluded.unread, first = excluded.first;
CREATE VIRTUAL TABLE found USING fts5 (
    words, content = '', columnsize = 0, detail = none, tokenize = 'ascii', prefix = '1 2 3'
);
CREATE TABLE vocabulary (word TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE backlog (below INTEGER NOT NULL);
INSERT INTO backlog SELECT coalesce(max(seq), 0) + 1 FROM lines;
CREATE TABLE traits (
    conversation TEXT PRIMARY KEY, pinned INTEGER NOT NULL, muted INTEGER NOT NULL, archived INTEGER NOT NULL,
    marked INTEGER NOT NULL, draft TEXT NOT NULL, stop INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE preferences (payload BLOB NOT NULL);
CREATE TABLE unseen (seq INTEGER PRIMARY KEY);
""",
    3: f"""
CREATE INDEX lines_open ON lines (conversation, seq) WHERE {OPEN};
""",
    4: """
ALTER TABLE lines ADD COLUMN sum INTEGER;
""",
}

FIRST = """
CREATE TABLE lines (
    seq INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    sender TEXT NOT NULL,
    id TEXT NOT NULL,
    payload BLOB NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    task INTEGER NOT NULL
);
CREATE UNIQUE INDEX lines_once ON lines (id, sender);
CREATE INDEX lines_page ON lines (conversation, seq);
CREATE INDEX lines_tasks ON lines (task, seq, conversation) WHERE task != 0;
CREATE TABLE threads (conversation TEXT PRIMARY KEY, n INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE contacts (
    user TEXT PRIMARY KEY, mine TEXT NOT NULL, theirs TEXT NOT NULL, ts INTEGER NOT NULL, greeting TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE groups (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, by TEXT NOT NULL, ts INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE requests (id TEXT PRIMARY KEY, service TEXT NOT NULL, op TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE device (client TEXT NOT NULL);
"""
SCHEMA = FIRST + "".join(MIGRATIONS.values())

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns
    "PRAGMA journal_size_limit = 16777216",
)
