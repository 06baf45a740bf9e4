"""Three ways to fail, named by who must act. A library's error becomes one of these where it is imported."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Stable codes of an answer that is not ok; a client may branch on them (docs/protocol/requests.md)."""

    MALFORMED = "malformed"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"
    NOT_ACCEPTED = "not-accepted"
    NOT_ASKED = "not-asked"
    NOT_CONTACTS = "not-contacts"
    NOT_BLOCKED = "not-blocked"
    BLOCKED_BY_YOU = "blocked-by-you"
    BLOCKED = "blocked"
    NOT_YOURSELF = "not-yourself"
    NEEDS_ADMIN = "needs-admin"
    UNKNOWN_USER = "unknown-user"
    UNKNOWN_GROUP = "unknown-group"
    UNKNOWN_DEVICE = "unknown-device"
    NO_CODE = "no-code"
    UNKNOWN_MESSAGE = "unknown-message"
    NAME_TAKEN = "name-taken"
    NOT_OWNER = "not-owner"
    NOT_MEMBER = "not-member"
    NOT_INVITED = "not-invited"
    LAST_OWNER = "last-owner"
    TOO_MANY = "too-many"


class XasupError(Exception):
    """Base of the three. `code` is stable, `str(error)` is a sentence for people."""

    code: Code

    def __init__(self, reason: str, code: Code | None = None) -> None:
        super().__init__(reason)
        if code is not None:
            self.code = code


class Malformed(XasupError):
    """The sender must fix bytes; trying again changes nothing."""

    code = Code.MALFORMED


class Refused(XasupError):
    """People must change a permission; the request itself was understood."""

    code = Code.NOT_ACCEPTED


class Unavailable(XasupError):
    """Nobody is wrong; wait and try again with the same id."""

    code = Code.UNAVAILABLE


class Damaged(Unavailable):
    """What a file holds is not what was written; waiting does not heal it, another copy may. The sentence names the
    file."""
