"""The tables of a device's file, in SQLite's words.

lines      every message that this device knows; (id, sender) once for ever, so that nothing is shown twice;
           most have no task left, so the index of tasks stays small (queries must say `task != 0` to get it)
threads    per conversation: the number of this device's newest message, the newest line
counts     of every lane: the number of its newest line that was shown
past       how far this device knows its user's past: a position of the history service
matched    lines without an id of their sender that were found again in the past
contacts, groups, requests    as in port.py
device     whose file this is
"""

from __future__ import annotations

VERSION = 2

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
}

SCHEMA = """
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
""" + "".join(MIGRATIONS.values())

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns
    "PRAGMA journal_size_limit = 16777216",
)
