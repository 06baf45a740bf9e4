"""A broker as Mosquitto with the plugin is one: sessions, QoS 1, retained messages, wills, rights from the directory;
it can crash, and then has forgotten all or some. The rights are the model's (xasup/protocol/access.py).

Refuses to know: when it crashes, who its clients are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from xasup.chaos.simulation import packets
from xasup.chaos.simulation.packets import Connect
from xasup.chaos.simulation.sessions import Message, Session, matches
from xasup.chaos.simulation.tcp import Connection
from xasup.chaos.simulation.universe import Universe
from xasup.protocol import codec, events, topics
from xasup.protocol.access import MAX_PAYLOAD, Attempt, Operation, Reason, may, may_connect
from xasup.protocol.directory import Edit, MemoryDirectory
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import SERVICE_PREFIX, ClientId, DeviceId, UserId, service_account
from xasup.protocol.streams import ROUTES
from xasup.protocol.topics import Kind, Space
from xasup.wire.mqtt.packets import KIND, PUBACK, PUBLISH, Frame, frames, read_puback, read_publish
from xasup.wire.mqtt.values import Incoming

_NO, _REFUSED = 0x87, 0x87
_BRIDGE = service_account("bridge")
_MIRRORED = ROUTES[Space.USER, Kind.MESSAGE].filter
_SPEAKS = 1.0  # seconds between two reasons for one client

Asked = Callable[[UserId, str, bytes], None]
Heard = Callable[[str, Incoming], None]


class Broker:
    """*asked* answers requests to services that are no process of their own here; *heard* sees what passes."""

    def __init__(self, universe: Universe, directory: MemoryDirectory, asked: Asked, heard: Heard) -> None:
        self.universe, self.directory = universe, directory
        self.up, self.agrees = True, False
        self.mirrored = False  # the bridge has subscribed since it was started: people are let in
        self.moody: Reason | None = None  # says no to everything, for this reason
        self.window = 20  # publishes of a client that it takes without having acknowledged one
        self._asked, self._heard = asked, heard
        # By the name of the client, as it connects.
        self._sessions: dict[str, Session] = {}
        self._saved: dict[str, Session] = {}
        self._lines: dict[str, Line] = {}
        self._retained: dict[str, Message] = {}
        self._spoken: dict[str, float] = {}
        self._known: dict[tuple[str, Operation, str, bool, int], Reason] = {}
        self._ways: dict[tuple[str, str], list[tuple[Session, int]]] = {}

    def apply(self, edits: Iterable[Edit]) -> None:
        """The directory is another one from now on."""
        self.directory.apply(edits)
        self._known.clear()
        self._ways.clear()

    # ---- its fate

    def answer(self, connection: Connection) -> Line | None:
        return Line(self, connection) if self.up else None

    def save(self) -> None:
        """To the disk: what it comes back with after a crash."""
        self._saved = {name: session.copy() for name, session in self._sessions.items()}

    def crash(self, forgets: bool) -> None:
        """*forgets*: even what it had saved."""
        self.up = self.mirrored = False
        self._sessions = {} if forgets else self._saved
        self._saved = {}
        self._ways.clear()
        self._retained = {}
        lines, self._lines = self._lines, {}
        for line in lines.values():
            line.connection.reset()

    def start(self) -> None:
        self.up = True

    # ---- its clients

    def let_in(self, line: Line, connect: Connect) -> bool:
        """Whether it is; answers either way."""
        try:
            user, device = connect.client.split(":")
            client = ClientId(UserId(user), DeviceId(device))
        except ValueError:
            return False
        known = may_connect(client, connect.user, connect.token, self.directory, 0) is Reason.OK
        if not known or self.moody is Reason.DIRECTORY_UNAVAILABLE:
            line.connection.send(packets.connack(False, _REFUSED, self.window))
            return False
        if not self.mirrored and not user.startswith(SERVICE_PREFIX):
            return False  # without a word
        name = connect.client
        if (other := self._lines.pop(name, None)) is not None:
            other.connection.hang_up()
            self.will_of(other)
        session = self._sessions.get(name)
        present = session is not None and not connect.clean
        if session is None or connect.clean:
            session = self._sessions[name] = Session(client, name)
            self._ways.clear()
        session.window = min(connect.window, 1000)
        line.session, line.client, line.name, line.connect = session, client, name, connect
        self._lines[name] = line
        line.connection.send(packets.connack(present, 0, self.window))
        for packet in session.again():
            line.connection.send(packet)
        self.push(session)
        return True

    def left(self, line: Line) -> None:
        """Its connection has ended."""
        if line.connect is not None and self._lines.get(line.name) is line:
            del self._lines[line.name]
            if not line.connect.expiry:
                self._sessions.pop(line.name, None)
                self._ways.clear()
            self.will_of(line)

    def will_of(self, line: Line) -> None:
        if line.connect is not None and line.connect.will is not None and line.client is not None:
            topic, payload, retain = line.connect.will
            message = Incoming(topic, payload, 1, retain)
            if self.judge(line, line.client, message) is Reason.OK:
                self.route(line.name, message)

    def judge(self, line: Line, client: ClientId, message: Incoming) -> Reason:
        size = len(message.payload) if len(message.payload) > MAX_PAYLOAD else 0
        reason = self._may(line.name, client, Operation.WRITE, message.topic, message.retain, size)
        if reason is Reason.NOT_ACCEPTED and self.agrees:
            return Reason.OK
        return self.moody if self.moody is not None and not client.user.startswith(SERVICE_PREFIX) else reason

    def may_subscribe(self, client: ClientId, filter: str) -> bool:
        return self._may(str(client), client, Operation.SUBSCRIBE, filter) is Reason.OK

    def published(self, line: Line, message: Incoming) -> None:
        assert line.client is not None  # noqa: S101 - it was let in
        reason = self.judge(line, line.client, message)
        if reason is not Reason.OK:
            self._refuse(line, message, reason)
            return
        self._heard(line.client.user, message)
        self._say(line.name, message)
        self.route(line.name, message)
        if message.qos:
            line.connection.send(packets.puback(message.mid, 0))
        with suppress(Malformed):
            address = topics.parse(message.topic)
            if address.space is Space.SERVICE:
                self._asked(UserId(address.actor), address.owner, message.payload)

    def say(self, to: UserId, service: str, payload: bytes) -> None:
        """As a service does."""
        self.route("", Incoming(topics.event(to, service), payload, 1))

    def route(self, sender: str, message: Incoming) -> None:
        if message.retain:
            self._retained[message.topic] = Message(message.topic, message.payload, message.qos, True)
        for session, qos in self._ways_of(message.topic, sender):
            self._queue(session, Message(message.topic, message.payload, min(qos, message.qos)))

    def subscribed(self, session: Session, names: Mapping[str, tuple[bool, int]], without: Iterable[str] = ()) -> None:
        """*session* has these filters more, by name; and *without* those."""
        session.filters.update(names)
        for name in without:
            session.filters.pop(name, None)
        self._ways.clear()

    def retained(self, session: Session, filter: str) -> None:
        for message in self._retained.values():
            if matches(filter, message.topic) and self._may_read(session, message.topic):
                self._queue(session, message._replace(qos=min(message.qos, session.filters[filter][1])))

    def push(self, session: Session) -> None:
        line = self._lines.get(session.name)
        if line is not None:
            for packet in session.next():
                line.connection.send(packet)

    def _queue(self, session: Session, message: Message) -> None:
        if message.qos or session.name in self._lines:
            session.waiting.append(message)
            self.push(session)

    def _ways_of(self, topic: str, sender: str) -> list[tuple[Session, int]]:
        """Who gets it, and at which QoS: the same until sessions, subscriptions or rights change."""
        if (ways := self._ways.get((topic, sender))) is None:
            wanted = ((session, session.wants(topic, sender)) for session in self._sessions.values())
            ways = [(session, qos) for session, qos in wanted if qos is not None and self._may_read(session, topic)]
            self._ways[topic, sender] = ways
        return ways

    def _say(self, client: str, message: Incoming) -> None:
        kind = message.topic.split("/", 5)[4]
        if kind in ("msg", "receipt"):
            what = message.payload.decode()[:70] if kind == "msg" else message.payload.decode()
            self.universe.say(f"broker takes {what} from {client}")

    def _may_read(self, session: Session, topic: str) -> bool:
        return self._may(session.name, session.client, Operation.READ, topic) is Reason.OK

    def _may(
        self, name: str, client: ClientId, operation: Operation, topic: str, retain: bool = False, size: int = 0
    ) -> Reason:
        """Asked again and again; the answer changes with the directory alone."""
        asked = name, operation, topic, retain, size
        if (reason := self._known.get(asked)) is None:
            reason = self._known[asked] = may(Attempt(client, operation, topic, retain, size), self.directory, 0)
        return reason

    def _refuse(self, line: Line, message: Incoming, reason: Reason) -> None:
        assert line.client is not None  # noqa: S101 - it was let in
        self.universe.say(f"broker refuses {line.client}: {message.topic}, {reason}")
        if message.qos:
            line.connection.send(packets.puback(message.mid, _NO))
        now, user = self.universe.now, line.client.user
        silent = reason is Reason.DIRECTORY_UNAVAILABLE or now - self._spoken.get(line.name, -9.0) < _SPEAKS
        if not silent:
            self._spoken[line.name] = now
            self.say(user, "broker", codec.encode({"event": events.REFUSED, "topic": message.topic, "reason": reason}))


class Line:
    """One connection, as the broker sees it."""

    def __init__(self, broker: Broker, connection: Connection) -> None:
        self._broker, self.connection = broker, connection
        self.client: ClientId | None = None
        self.name = ""  # of the client
        self.connect: Connect | None = None
        self.session: Session | None = None
        self._rest = b""
        self._heard_at = broker.universe.now

    def received(self, data: bytes) -> None:
        if not self._broker.up:
            return
        self._heard_at = self._broker.universe.now
        data = self._rest + data
        found, end = frames(data)
        self._rest = data[end:]
        for frame in found:
            self._on(data, frame)

    def gone(self) -> None:
        self._broker.left(self)

    def _on(self, data: bytes, frame: Frame) -> None:
        if frame.first == packets.CONNECT:
            if self._broker.let_in(self, packets.read_connect(data, frame)):
                self._watch()
            else:
                self.connection.hang_up()
        elif self.session is None:
            return
        elif frame.first & KIND == PUBLISH:
            self._broker.published(self, read_publish(data, frame))
        elif frame.first == PUBACK:
            self.session.acknowledged(read_puback(data, frame)[0])
            self._broker.push(self.session)
        elif frame.first == packets.SUBSCRIBE:
            self._subscribe(self.session, *packets.read_subscribe(data, frame))
        elif frame.first == packets.UNSUBSCRIBE:
            mid, names = packets.read_unsubscribe(data, frame)
            self._broker.subscribed(self.session, {}, without=names)
            self.connection.send(packets.unsuback(mid, len(names)))
        elif frame.first == packets.PINGREQ:
            self.connection.send(packets.PINGRESP)
        elif frame.first == packets.DISCONNECT and self.connect is not None:
            self.connect = self.connect._replace(will=None)

    def _subscribe(self, session: Session, mid: int, wanted: list[tuple[str, bool, int]]) -> None:
        assert self.client is not None  # noqa: S101 - it was let in
        granted = [(name, no_local, qos) for name, no_local, qos in wanted if self._grants(name)]
        if self.client.user == _BRIDGE and any(name == _MIRRORED for name, _, _ in granted):
            self._broker.mirrored = True
        self._broker.subscribed(session, {name: (no_local, qos) for name, no_local, qos in granted})
        self.connection.send(packets.suback(mid, [qos if self._grants(name) else _NO for name, _, qos in wanted]))
        for name, _, _ in granted:
            self._broker.retained(session, name)

    def _grants(self, name: str) -> bool:
        assert self.client is not None  # noqa: S101 - it was let in
        return self._broker.may_subscribe(self.client, name)

    def _watch(self) -> None:
        """Who is silent for one and a half times as long as promised is gone."""
        if self.connect is not None and self.connect.keepalive and not self.connection.cut:
            limit = 1.5 * self.connect.keepalive
            self._broker.universe.at(self._heard_at + limit, self._look, limit)

    def _look(self, limit: float) -> None:
        if self._broker.universe.now - self._heard_at >= limit - 0.001:
            self.connection.reset()
            self.gone()
        else:
            self._watch()
