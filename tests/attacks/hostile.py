"""Payloads that no honest program sends, for every reader of payloads. Data."""

from __future__ import annotations

from xasup.protocol.access import MAX_PAYLOAD

COMBINING = "a" + "\u0301\u0489\u20dd" * 8000  # fits into 64 KiB together with an envelope; one character on the screen
TERMINAL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2028\r\n2026-01-01 forged line"

JSON = {
    "deep lists": b"[" * 60_000,
    "deep objects": b'{"id":' * 10_000,
    "deep and closed": b'{"id":"d","op":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    # What is read (up to 1024 levels) and cannot be written again (above 254), in each place for a value.
    "deep enough to be read": b'{"id":"r","ts":1,"n":1,"op":"list","text":"x","more":' + b"[" * 500 + b"]" * 500 + b"}",
    "deep ids": b'{"id":' + b"[" * 500 + b"]" * 500 + b',"ts":1,"n":1,"op":"list","text":"x"}',
    "a deep word": b'{"id":"o","ts":1,"n":1,"text":"x","op":' + b"[" * 500 + b"]" * 500 + b"}",
    "deep lists of ids": b'{"event":"stored","ids":[' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"]}",
    "deep receipts": b'{"read":[' + b"[" * 500 + b"]" * 500 + b'],"refused":{"x":' + b"[" * 500 + b"]" * 500 + b"}}",
    "a number of 60,000 digits": b'{"id":' + b"9" * 60_000 + b"}",
    "a huge exponent": b'{"id":"e","n":1e400,"op":"list","text":"x"}',
    "a number over 64 bits": b'{"id":"b","n":18446744073709551616,"ts":-9223372036854775809,"op":"list","text":"x"}',
    "a negative nothing": b'{"id":"z","n":-0.0,"ts":-0.0,"op":"list","text":"x"}',
    "not a number": b'{"id":"n","n":NaN,"ts":Infinity,"op":"list","text":"x"}',
    "the same key twice": b'{"id":"first","id":"second","op":"list","op":"revoke","text":"1","text":2}',
    "30,000 keys": b"{" + b",".join(b'"k%d":0' % n for n in range(5_000)) + b"}",
    "half of a surrogate": b'{"id":"s","text":"\\ud800","op":"list"}',
    "a byte order mark": b'\xef\xbb\xbf{"id":"m","op":"list","text":"x"}',
    "UTF-16": '{"id":"u","op":"list"}'.encode("utf-16"),
    "a NUL in a key": b'{"id":"0","op\\u0000":"list","text":"x"}',
    "a key of its own": b'{"id":"p","__proto__":{"x":1},"__class__":"dict","op":"list","text":"x"}',
    "every wrong type": b'{"id":[],"op":{},"ts":"","n":null,"text":{},"user":0,"event":[],"ids":{},"delivered":0}',
    "words for a terminal": b'{"id":"t","op":"\\u001b[2J\\u202e","text":"\\u001b]0;owned\\u0007","event":"\\u009b31m"}',
    "a time beyond all": b'{"id":"y","event":"group","group":"g","name":"G","role":"member","by":"e","ts":%d}'
    % (2**64 - 1),
    "a time before all": b'{"id":"w","event":"contact","user":"eve","mine":"none","theirs":"none","ts":-9e18}',
    "nothing but blanks": b" " * MAX_PAYLOAD,
    "bytes": bytes(range(256)) * 100,
}
