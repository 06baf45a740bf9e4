"""What each decision about a person or a group lets the other learn, and whether it can be taken back: one table.

From it come the questions before a decision, the place for requests, the help and the manual. Refuses to know engines
and widgets. The rules are those of docs/protocol/contacts.md and groups.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from tui_client.standing import Standing

_CONTACT = frozenset({Standing.ONLINE, Standing.AWAY, Standing.CONTACT})
_APART = frozenset({Standing.STRANGER, Standing.CLOSED, Standing.TURNED_DOWN})


class Fate(NamedTuple):
    """*command*: that gives it; *whom*: about whom; *learns*: what the other gets to know, and what not; *undo*: how it
    is taken back, or why not; *back*: the command that takes it back, "" for none; *holds*: how I stand with them for
    as long as nothing else has happened."""

    command: str
    whom: str
    learns: str
    undo: str
    back: str = ""
    holds: frozenset[Standing] = frozenset()


class Decision(Enum):
    """Each is a row of the table."""

    ASK = Fate(
        "ask",
        "anybody",
        "they see your name and your greeting, no more",
        "undo takes the request back; who has read it has read it",
        "revoke",
        frozenset({Standing.WAITING}),
    )
    TAKE_BACK = Fate(
        "revoke",
        "whom you asked",
        "it goes from their list, without a word",
        "undo asks once more, without the greeting",
        "ask",
        _APART,
    )
    ACCEPT = Fate(
        "accept",
        "who asks you",
        "they learn it, and whether you are online",
        "undo ends it in both directions, and they learn that it ended",
        "revoke",
        _CONTACT,
    )
    DENY = Fate(
        "deny",
        "who asks you",
        "they learn only that you did not accept",
        "it cannot be undone, but they may ask again, and you may ask them",
    )
    REVOKE = Fate(
        "revoke",
        "a contact",
        "they learn only that it ended; neither of you can write to the other",
        "it cannot be undone, but either of you can ask again",
    )
    BLOCK_ASKER = Fate(
        "block",
        "who asks you",
        "it looks to them like a denial; it lasts",
        "undo lets them ask again; this request is gone",
        "unblock",
        frozenset({Standing.BLOCKED}),
    )
    BLOCK_CONTACT = Fate(
        "block",
        "a contact",
        "they learn only that it ended, never of the block; you hear no more of them",
        "undo lets them ask you; until then you are apart",
        "unblock",
        frozenset({Standing.BLOCKED}),
    )
    BLOCK_OTHER = Fate(
        "block",
        "anybody else",
        "they learn nothing; what they ask does not reach you",
        "undo lets them ask you",
        "unblock",
        frozenset({Standing.BLOCKED}),
    )
    UNBLOCK = Fate(
        "unblock",
        "whom you blocked",
        "they learn nothing; if they asked meanwhile, you see it now",
        "undo blocks them again",
        "block",
        _APART | {Standing.ASKS_ME},
    )
    JOIN = Fate(
        "accept",
        "a group that invites you",
        "its members learn that you are in",
        "undo leaves it, and they learn that; to come back you have to be invited",
        "leave",
        frozenset({Standing.IN_GROUP}),
    )
    DECLINE = Fate(
        "deny",
        "a group that invites you",
        "its members learn that you declined",
        "it cannot be undone, but its owner can invite you again",
    )

    @property
    def fate(self) -> Fate:
        return self.value


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision that was taken about *who*, a conversation."""

    decision: Decision
    who: str

    def undoable(self, standing: Standing) -> bool:
        """Whether it can be taken back; *standing*: how I stand with them now."""
        return bool(self.decision.fate.back) and standing in self.decision.fate.holds


_AS: dict[tuple[str, Standing], Decision] = {
    ("accept", Standing.INVITED): Decision.JOIN,
    ("deny", Standing.INVITED): Decision.DECLINE,
    ("revoke", Standing.WAITING): Decision.TAKE_BACK,
    ("block", Standing.ASKS_ME): Decision.BLOCK_ASKER,
    **{("block", standing): Decision.BLOCK_CONTACT for standing in (*_CONTACT, Standing.ONE_WAY)},
}
_ELSE: dict[str, Decision] = {
    "ask": Decision.ASK,
    "accept": Decision.ACCEPT,
    "deny": Decision.DENY,
    "revoke": Decision.REVOKE,
    "block": Decision.BLOCK_OTHER,
    "unblock": Decision.UNBLOCK,
}


def decision(command: str, standing: Standing) -> Decision:
    """What *command* decides about somebody with whom I stand so."""
    return _AS.get((command, standing), _ELSE[command])


def question(command: str, who: str, standing: Standing) -> str:
    """Asked before a decision that lasts."""
    fate = decision(command, standing).fate
    return f"{command.capitalize()} {who}? {sentence(fate.learns)} {sentence(fate.undo)}"


def why_not(taken: Taken | None, standing: Standing) -> str:
    """Why the last decision cannot be taken back; "" where it can."""
    if taken is None:
        return "there is no decision to undo"
    if not taken.decision.fate.back:
        return f"{taken.decision.fate.command} {taken.who}: {taken.decision.fate.undo}"
    return "" if taken.undoable(standing) else f"{taken.who}: something else has happened since your decision"


def sentence(text: str) -> str:
    """A cell of the table as a sentence."""
    return f"{text[0].upper()}{text[1:]}."
