"""Who may do what: every kind of topic, crossed with every operation and every kind of actor. Data; tests try it.

One line is one topic or filter: what each actor gets, in the order of CAST. `{me}` is the actor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.broker import device, person
from xasup.protocol.access import Operation, Reason
from xasup.protocol.directory import Edit, Flag, Role, set_contact, set_member
from xasup.protocol.ids import ClientId, GroupId, UserId

# Towards alice (whose mailbox it is) and towards the group hikers.
CAST = {
    "alice": "the owner",
    "bob": "an accepted contact, who accepts alice too",
    "sensor": "accepted by alice, does not accept her",
    "carol": "a stranger to alice; accepted by nobody",
    "rita": "was accepted, then revoked",
    "blake": "blocked",
    "mona": "a member of hikers",
    "otto": "an owner of hikers",
    "leo": "was a member of hikers",
    "ivan": "invited to hikers",
    "svc-contacts": "the service contacts",
    "svc-groups": "another service",
    "svc-devices": "named like a service, without the flag",
    "contacts": "called as the service is, without svc-",
    "svc-bridge": "the bridge, which mirrors what is kept",
    "bridge": "called as the bridge is, without svc- and without the flag",
}
SERVICES = ("svc-contacts", "svc-groups", "svc-bridge")
HIKERS = GroupId("hikers")

_LEGEND = {
    "y": Reason.OK,
    "a": Reason.NOT_ACCEPTED,
    "m": Reason.NOT_MEMBER,
    "u": Reason.NOT_YOU,
    "s": Reason.NOT_SERVICE,
    "o": Reason.NOT_YOURS,
    "t": Reason.NOT_A_TOPIC,
}

# By their first letters; s is svc-:           al bo se ca ri bl mo ot le iv sc sg sd co sb br
WRITE = """
xasup/v1/u/alice/msg/{me}                      a  y  y  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/alice/receipt/{me}                  a  y  y  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/alice/typing/{me}                   a  y  y  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/bob/msg/{me}                        y  a  a  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/nobody/msg/{me}                     a  a  a  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/alice/msg/bob                       u  y  u  u  u  u  u  u  u  u  u  u  u  u  u  u
xasup/v1/u/alice/msg/alice                     a  u  u  u  u  u  u  u  u  u  u  u  u  u  u  u
xasup/v1/u/alice/event/{me}                    s  s  s  s  s  s  s  s  s  s  s  s  s  s  s  s
xasup/v1/u/alice/event/contacts                s  s  s  s  s  s  s  s  s  s  y  s  s  s  s  s
xasup/v1/u/carol/event/contacts                s  s  s  s  s  s  s  s  s  s  y  s  s  s  s  s
xasup/v1/u/alice/event/groups                  s  s  s  s  s  s  s  s  s  s  s  y  s  s  s  s
xasup/v1/u/alice/event/devices                 s  s  s  s  s  s  s  s  s  s  s  s  s  s  s  s
xasup/v1/u/alice/event/broker                  s  s  s  s  s  s  s  s  s  s  s  s  s  s  s  s
xasup/v1/u/alice/event/bridge                  s  s  s  s  s  s  s  s  s  s  s  s  s  s  y  s
xasup/v1/g/hikers/event/bridge                 s  s  s  s  s  s  s  s  s  s  s  s  s  s  y  s
xasup/v1/u/{me}/presence/{me}                  y  y  y  y  y  y  y  y  y  y  y  y  y  y  y  y
xasup/v1/u/alice/presence/{me}                 y  u  u  u  u  u  u  u  u  u  u  u  u  u  u  u
xasup/v1/u/{me}/presence/alice                 y  u  u  u  u  u  u  u  u  u  u  u  u  u  u  u
xasup/v1/g/hikers/msg/{me}                     m  m  m  m  m  m  y  y  m  m  m  m  m  m  m  m
xasup/v1/g/hikers/typing/{me}                  m  m  m  m  m  m  y  y  m  m  m  m  m  m  m  m
xasup/v1/g/hikers/msg/mona                     u  u  u  u  u  u  y  u  u  u  u  u  u  u  u  u
xasup/v1/g/hikers/event/contacts               s  s  s  s  s  s  s  s  s  s  y  s  s  s  s  s
xasup/v1/g/hikers/event/groups                 s  s  s  s  s  s  s  s  s  s  s  y  s  s  s  s
xasup/v1/g/nobodys/msg/{me}                    m  m  m  m  m  m  m  m  m  m  m  m  m  m  m  m
xasup/v1/g/alice/msg/{me}                      m  m  m  m  m  m  m  m  m  m  m  m  m  m  m  m
xasup/v1/svc/contacts/request/{me}             y  y  y  y  y  y  y  y  y  y  y  y  y  y  y  y
xasup/v1/svc/anything/request/{me}             y  y  y  y  y  y  y  y  y  y  y  y  y  y  y  y
xasup/v1/svc/contacts/request/bob              u  y  u  u  u  u  u  u  u  u  u  u  u  u  u  u
xasup/v1/g/hikers/receipt/{me}                 t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/g/hikers/presence/{me}                t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/alice/request/{me}                  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/svc/contacts/msg/{me}                 t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/alice/msg                           t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/alice/msg/{me}/                     t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/alice/msg/{me}/more                 t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u//msg/{me}                           t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
/xasup/v1/u/alice/msg/{me}                     t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v2/u/alice/msg/{me}                      t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/U/alice/msg/{me}                      t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/Alice/msg/{me}                      t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/Alice/event/contacts                t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/svc/Contacts/request/{me}             t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/svc/abcdefghijklmnopqrstuvwxyz0123456/request/{me} t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/_alice/msg/{me}                     t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/аlice/msg/{me}                      t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$SYS/broker/uptime                             t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$SYS/broker/publish/messages/dropped           t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$share/x/xasup/v1/u/alice/msg/{me}             t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$CONTROL/dynamic-security/v1                   t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
anything                                       t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
"""

SUBSCRIBE = """
xasup/v1/u/{me}/#                              y  y  y  y  y  y  y  y  y  y  y  y  y  y  y  y
xasup/v1/u/alice/#                             y  o  o  o  o  o  o  o  o  o  o  o  o  o  o  o
xasup/v1/u/+/msg/{me}                          y  y  y  y  y  y  y  y  y  y  y  y  y  y  y  y
xasup/v1/u/+/receipt/{me}                      y  y  y  y  y  y  y  y  y  y  y  y  y  y  y  y
xasup/v1/u/+/msg/alice                         y  o  o  o  o  o  o  o  o  o  o  o  o  o  o  o
xasup/v1/u/alice/presence/alice                y  y  y  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/bob/presence/bob                    y  y  a  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/{me}/presence/{me}                  y  y  y  y  y  y  y  y  y  y  y  y  y  y  y  y
xasup/v1/g/hikers/#                            m  m  m  m  m  m  y  y  m  m  m  m  m  m  m  m
xasup/v1/g/nobodys/#                           m  m  m  m  m  m  m  m  m  m  m  m  m  m  m  m
xasup/v1/svc/contacts/request/+                s  s  s  s  s  s  s  s  s  s  y  s  s  s  s  s
xasup/v1/svc/groups/request/+                  s  s  s  s  s  s  s  s  s  s  s  y  s  s  s  s
xasup/v1/svc/devices/request/+                 s  s  s  s  s  s  s  s  s  s  s  s  s  s  s  s
xasup/v1/svc/+/request/+                       s  s  s  s  s  s  s  s  s  s  s  s  s  s  s  s
xasup/v1/svc/bridge/request/+                  s  s  s  s  s  s  s  s  s  s  s  s  s  s  y  s
xasup/v1/u/+/msg/+                             s  s  s  s  s  s  s  s  s  s  s  s  s  s  y  s
xasup/v1/u/+/receipt/+                         s  s  s  s  s  s  s  s  s  s  s  s  s  s  y  s
xasup/v1/g/+/msg/+                             s  s  s  s  s  s  s  s  s  s  s  s  s  s  y  s
xasup/v1/u/+/event/groups                      s  s  s  s  s  s  s  s  s  s  s  s  s  s  y  s
$SYS/broker/publish/messages/dropped           s  s  s  s  s  s  s  s  s  s  s  s  s  s  y  s
xasup/v1/g/+/#                                 m  m  m  m  m  m  m  m  m  m  m  m  m  m  m  m
xasup/v1/u/+/#                                 o  o  o  o  o  o  o  o  o  o  o  o  o  o  o  o
xasup/v1/u/+/presence/+                        a  a  a  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/+/presence/alice                    t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/+/typing/{me}                       t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/+/+/{me}                            t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/{me}/msg/+                          t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/{me}/msg/bob                        t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/alice/presence/bob                  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/g/hikers/msg/+                        t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/g/hikers                              t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/svc/contacts/#                        t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/svc/contacts/request/bob              t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/#                                     t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/#                                        t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
#                                              t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
+/+/u/{me}/#                                   t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$SYS/#                                         t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$SYS/broker/publish/messages/+                 t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$SYS/broker/publish/messages/dropped/          t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$SYS/broker/uptime                             t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/$SYS/broker/publish/messages/dropped  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/+/+/+                               t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/+/typing/+                          t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/+/event/+                           t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/+/event/contacts                    t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/alice/msg/+                         t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/u/alice/event/groups                  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/g/+/msg/mona                          t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/g/+/typing/+                          t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/g/+/event/groups                      t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
xasup/v1/g/+/receipt/+                         t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$share/x/xasup/v1/u/+/msg/+                    t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$share/x/xasup/v1/u/{me}/#                     t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
$share/x/#                                     t  t  t  t  t  t  t  t  t  t  t  t  t  t  t  t
"""

# Of what its writers may write (the last one: the broker itself); tried with subscriptions to everything, made before
# the plugin came.
READ = """
xasup/v1/u/alice/msg/bob                       y  y  o  o  o  o  o  o  o  o  o  o  o  o  y  o
xasup/v1/u/alice/receipt/bob                   y  y  o  o  o  o  o  o  o  o  o  o  o  o  y  o
xasup/v1/u/alice/typing/bob                    y  o  o  o  o  o  o  o  o  o  o  o  o  o  o  o
xasup/v1/u/alice/event/contacts                y  o  o  o  o  o  o  o  o  o  o  o  o  o  o  o
xasup/v1/u/alice/event/groups                  y  o  o  o  o  o  o  o  o  o  o  o  o  o  y  o
xasup/v1/u/alice/event/bridge                  y  o  o  o  o  o  o  o  o  o  o  o  o  o  o  o
xasup/v1/u/alice/msg/sensor                    y  o  y  o  o  o  o  o  o  o  o  o  o  o  y  o
xasup/v1/u/alice/presence/alice                y  y  y  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/bob/presence/bob                    y  y  a  a  a  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/u/rita/presence/rita                  a  a  a  a  y  a  a  a  a  a  a  a  a  a  a  a
xasup/v1/g/hikers/msg/mona                     m  m  m  m  m  m  y  y  m  m  m  m  m  m  y  m
xasup/v1/g/hikers/typing/otto                  m  m  m  m  m  m  y  y  m  m  m  m  m  m  m  m
xasup/v1/g/hikers/event/groups                 m  m  m  m  m  m  y  y  m  m  m  m  m  m  m  m
xasup/v1/svc/contacts/request/carol            s  s  s  s  s  s  s  s  s  s  y  s  s  s  s  s
xasup/v1/svc/groups/request/alice              s  s  s  s  s  s  s  s  s  s  s  y  s  s  s  s
xasup/v1/svc/devices/request/alice             s  s  s  s  s  s  s  s  s  s  s  s  s  s  s  s
$SYS/broker/publish/messages/dropped           s  s  s  s  s  s  s  s  s  s  s  s  s  s  y  s
"""


@dataclass(frozen=True, slots=True)
class Case:
    """*topic*: a filter for SUBSCRIBE."""

    actor: str
    operation: Operation
    topic: str
    retain: bool
    expected: Reason

    @property
    def client(self) -> ClientId:
        return ClientId.parse(client(self.actor))

    def __str__(self) -> str:
        retained = " retained" if self.retain else ""
        return f"{self.actor} ({CAST[self.actor]}) {self.operation}{retained} {self.topic}: {self.expected}"


def client(actor: str) -> str:
    return f"{actor}:d"


def directory() -> list[Edit]:
    """What the directory says of the cast. Revoked, blocked, left, invited: there all strangers."""
    people = [
        [
            *person(client(name), Flag.SERVICE if name in SERVICES else Flag(0)),
            device(f"{name}:ear"),
            device(f"{name}:mouth"),
        ]
        for name in CAST
    ]
    alice, bob = UserId("alice"), UserId("bob")
    return [
        *(edit for edits in people for edit in edits),
        set_contact(alice, bob, True),
        set_contact(bob, alice, True),
        set_contact(alice, UserId("sensor"), True),
        set_contact(alice, UserId("rita"), True),
        set_contact(alice, UserId("rita"), False),
        set_contact(alice, UserId("blake"), False),
        set_member(HIKERS, UserId("otto"), Role.OWNER),
        set_member(HIKERS, UserId("mona"), Role.MEMBER),
        set_member(HIKERS, UserId("leo"), Role.MEMBER),
        set_member(HIKERS, UserId("leo"), None),
    ]


def cases(operation: Operation) -> list[Case]:
    """All of one operation; each WRITE also retained."""
    text = {Operation.WRITE: WRITE, Operation.SUBSCRIBE: SUBSCRIBE, Operation.READ: READ}[operation]
    plain = list(_read(text, operation))
    return [*plain, *(_retained(case) for case in plain)] if operation is Operation.WRITE else plain


def _read(text: str, operation: Operation) -> Iterator[Case]:
    for line in text.strip().splitlines():
        topic, *letters = line.split()
        for actor, letter in zip(CAST, letters, strict=True):
            yield Case(actor, operation, topic.replace("{me}", actor), False, _LEGEND[letter])


def _retained(case: Case) -> Case:
    """Retained, only presence may be written."""
    refused = case.expected is not Reason.NOT_A_TOPIC and "/presence/" not in case.topic
    expected = Reason.NO_RETAIN if refused else case.expected
    return Case(case.actor, case.operation, case.topic, True, expected)
