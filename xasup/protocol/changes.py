"""A change: one decision, with what it does to the directory and whom it concerns. The entries of the change stream.

The projector applies `edits` and knows nothing else; the contacts service publishes `notices` once the directory has
the edits; the rest (`what`, `by`, `ts`) is for the audit log. Edits carry states, not differences: applying one twice
is harmless.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Any

from xasup.protocol import codec
from xasup.protocol.directory import Edit
from xasup.protocol.errors import Malformed


@dataclass(frozen=True, slots=True)
class Notice:
    """A payload that *service* publishes at QoS 1 when the directory has the change."""

    service: str
    topic: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """*what*: service and operation, as `contacts.accept`; *by*: the user, or `admin`; *ts*: milliseconds since the
    epoch; *subject*: the ids it is about, as (`bob`, `alice`)."""

    what: str
    by: str
    ts: int
    subject: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    notices: tuple[Notice, ...] = field(default=())


def encode(change: Change) -> bytes:
    """As JSON; values of edits in base64."""
    return codec.encode(
        {
            "what": change.what,
            "by": change.by,
            "ts": change.ts,
            "subject": change.subject,
            "edits": [[edit.key.decode(), _spell(edit.value)] for edit in change.edits],
            "notices": [[notice.service, notice.topic, notice.payload] for notice in change.notices],
        }
    )


def decode(data: bytes) -> Change:
    """The inverse. Raises Malformed."""
    fields = codec.decode_object(data)
    try:
        return Change(
            what=fields["what"],
            by=fields["by"],
            ts=fields["ts"],
            subject=tuple(fields["subject"]),
            edits=tuple(Edit(key.encode(), _read(value)) for key, value in fields["edits"]),
            notices=tuple(Notice(*notice) for notice in fields["notices"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(
            f"change: {type(error).__name__} {error}; expected what, by, ts, subject, edits, notices"
        ) from None


def _spell(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _read(value: str | None) -> bytes | None:
    return None if value is None else b64decode(value, validate=True)
