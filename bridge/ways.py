"""The way of a message into the log, by its topic: stream, key and the headers that do not change. Looked up once for
each topic, then remembered.

Refuses to know: payloads, which of them were seen before.
"""

from __future__ import annotations

from dataclasses import dataclass

from xasup.protocol import streams, topics
from xasup.protocol.access import DROPPED
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import SERVICE_PREFIX
from xasup.protocol.streams import ROUTES, SPEC_VERSION, Header, Route, Type
from xasup.protocol.topics import Address, Space

REMEMBERED = 65_536  # topics; then all are forgotten, and looked up again as they come
Headers = list[tuple[str, bytes]]

# What the bridge subscribes to.
FILTERS = (*(route.filter for route in ROUTES.values()), DROPPED, topics.requests("bridge"))


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """*type*: what the record will be, None for what is not kept, the broker's own count of what it dropped and
    requests to the bridge; *asker*: the service that asks, "" for others, who get no answer; *headers*: all but those
    of the single message; *sender*: whom to tell what became of it, "" where nobody is to be told; *prefix*: what makes
    a message's id unique among all senders; *fault*: why it is a dead letter whatever it says."""

    topic: bytes
    type: Type | None
    stream: str = ""
    key: bytes = b""
    headers: Headers = ()  # type: ignore[assignment]  # nobody adds to it
    sender: str = ""
    prefix: str = ""
    fault: str = ""
    asker: str = ""


class Ways:
    """*node*: the source of all records. `known` may be looked into; what is not in it, find() puts there."""

    def __init__(self, node: str) -> None:
        self._node = node.encode()
        self.known: dict[bytes, Way] = {}

    def find(self, topic: bytes) -> Way:
        """Never fails: a topic that has no way is a dead letter."""
        if len(self.known) >= REMEMBERED:
            self.known.clear()
        way = self.known[topic] = self._way(topic)
        return way

    def _way(self, topic: bytes) -> Way:
        if topic == DROPPED.encode():
            return Way(topic, None)
        try:
            address = topics.parse(topic.decode())
            if address.space is Space.SERVICE:
                return Way(topic, None, asker=address.actor if address.actor.startswith(SERVICE_PREFIX) else "")
            route = ROUTES[address.space, address.kind]
        except (Malformed, UnicodeDecodeError) as error:
            return self._stray(topic, str(error))
        except KeyError:
            return self._stray(topic, "nothing of this kind is mirrored")
        return self._found(topic, address, route)

    def _found(self, topic: bytes, address: Address, route: Route) -> Way:
        """A membership's key is the group's, which its payload tells."""
        members = route.type is Type.MEMBERSHIP
        return Way(
            topic=topic,
            type=route.type,
            stream=str(route.stream),
            key=b"" if members else streams.conversation(address).encode(),
            headers=[
                *self._common(topic, route.type),
                (str(Header.FROM), address.actor.encode()),
                (str(Header.TO), address.owner.encode()),
            ],
            sender="" if members else address.actor,
            prefix=f"{address.actor}/",
        )

    def _stray(self, topic: bytes, fault: str) -> Way:
        return Way(topic, Type.DEAD_LETTER, headers=self._common(topic, Type.DEAD_LETTER), fault=fault)

    def _common(self, topic: bytes, type: Type) -> Headers:
        return [
            (str(Header.SPEC), SPEC_VERSION.encode()),
            (str(Header.SOURCE), self._node),
            (str(Header.TYPE), type.encode()),
            (str(Header.SUBJECT), topic),
        ]
