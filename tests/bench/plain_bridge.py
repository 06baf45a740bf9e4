"""The peer of `xasup bench bridge`: what one writes in an afternoon with paho-mqtt and the log's own client.

The same work as ours: checks the envelope, routes, recognises what came already, eight headers, thanks the broker in
order once the log has it, tells senders in lists. `python -m tests.bench.plain_bridge SOCKET redis|kafka WHERE`.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections import OrderedDict, defaultdict, deque
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
import paho.mqtt.client as paho
import redis
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from tests.bench.firehose import TOKEN
from tests.support.kafka_reach import reach

WINDOW = 100_000  # messages that are recognised
STREAM = "peer.messages"
PARTITIONS = 12  # as ours
TELL_EVERY = 0.01  # seconds

Headers = list[tuple[str, bytes]]


class Letter(NamedTuple):
    mid: int
    sender: str
    id: str
    key: bytes
    value: bytes
    headers: Headers


class Bridge:
    """What the two have in common; *log* sends letters, and calls settled() for each, in order."""

    def __init__(self, way: str) -> None:
        self._seen: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._news: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._lock = threading.Lock()
        # MQTT 3.1.1 costs paho two thirds of MQTT 5.
        self.client = paho.Client(
            paho.CallbackAPIVersion.VERSION2,
            "svc-bridge:local",
            clean_session=False,
            transport="unix",
            manual_ack=True,
        )
        self.client.username_pw_set("svc-bridge", TOKEN)
        self.client.max_inflight_messages_set(1000)
        self.client.on_connect = self._subscribe
        self.client.on_message = self._on_message
        self.client.connect(way)

    def send(self, letter: Letter) -> None:
        raise NotImplementedError

    def settled(self, letter: Letter, position: str) -> None:
        """The log has it."""
        self.client.ack(letter.mid, 1)
        with self._lock:
            self._news[letter.sender].append((letter.id, position))

    def tell(self) -> None:
        with self._lock:
            news, self._news = self._news, defaultdict(list)
        for sender, said in news.items():
            ids, positions = zip(*said, strict=True)
            event = {"event": "stored", "stream": "xasup.messages", "ids": ids, "positions": positions}
            self.client.publish(f"xasup/v1/u/{sender}/event/bridge", orjson.dumps(event), qos=1)

    def _subscribe(self, client: paho.Client, *_: object) -> None:
        client.subscribe([("xasup/v1/u/+/msg/+", 1), ("xasup/v1/g/+/msg/+", 1), ("xasup/v1/u/+/receipt/+", 1)])
        print("ready", flush=True)

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        topic = message.topic
        _, _, space, to, _, sender = topic.split("/")
        fields = orjson.loads(message.payload)
        id = fields["id"]
        assert isinstance(id, str)
        assert isinstance(fields["text"], str)
        assert isinstance(fields["n"], int)
        key, content = (sender, id), hash((topic, message.payload))
        if self._seen.get(key) == content:
            client.ack(message.mid, 1)
            return
        self._seen[key] = content
        if len(self._seen) > WINDOW:
            self._seen.popitem(last=False)
        conversation = f"g:{to}" if space == "g" else ":".join(sorted((to, sender)))
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", id.encode()),
            ("ce_source", b"local"),
            ("ce_type", b"xasup.message"),
            ("ce_time", datetime.now(UTC).isoformat().encode()),
            ("ce_subject", topic.encode()),
            ("from", sender.encode()),
            ("to", to.encode()),
        ]
        self.send(Letter(message.mid, sender, id, conversation.encode(), message.payload, headers))


class KafkaBridge(Bridge):
    """Reports come per partition; the broker is thanked in the order of receipt."""

    def __init__(self, way: str, url: str) -> None:
        where = reach(url)
        admin = AdminClient(where)
        for made in admin.create_topics([NewTopic(STREAM, PARTITIONS, 1)]).values():
            made.result()
        self._order: deque[list[Any]] = deque()
        self._producer = Producer({**where, "enable.idempotence": True, "acks": "all", "linger.ms": 5})
        super().__init__(way)

    def send(self, letter: Letter) -> None:
        place: list[Any] = [letter, None]
        self._order.append(place)

        def report(error: Any, message: Any) -> None:
            if error is not None:
                raise RuntimeError(str(error))
            place[1] = f"{message.partition()}/{message.offset()}"

        while True:
            try:
                self._producer.produce(STREAM, letter.value, letter.key, headers=letter.headers, on_delivery=report)
                break
            except BufferError:
                self._producer.poll(0.01)
        self._producer.poll(0)

    def run(self) -> None:
        self.client.loop_start()
        while True:
            self._producer.poll(0.001)
            while self._order and self._order[0][1] is not None:
                self.settled(*self._order.popleft())
            self.tell()
            time.sleep(TELL_EVERY)


class RedisBridge(Bridge):
    """A pipeline of XADD for whatever has come meanwhile."""

    def __init__(self, way: str, path: str) -> None:
        self._redis = redis.Redis(unix_socket_path=path)
        self._letters: queue.SimpleQueue[Letter] = queue.SimpleQueue()
        super().__init__(way)

    def send(self, letter: Letter) -> None:
        self._letters.put(letter)

    def run(self) -> None:
        self.client.loop_start()
        told = time.monotonic()
        while True:
            letters = self._some()
            pipeline = self._redis.pipeline(transaction=False)
            for letter in letters:
                fields = {"key": letter.key, "value": letter.value, **dict(letter.headers)}
                pipeline.xadd(STREAM, fields)  # type: ignore[arg-type]  # its annotation is narrower than what it takes
            for letter, position in zip(letters, pipeline.execute(), strict=True):
                self.settled(letter, f"0/{position.decode()}")
            if time.monotonic() >= told + TELL_EVERY:
                told = time.monotonic()
                self.tell()

    def _some(self) -> list[Letter]:
        letters: list[Letter] = []
        try:
            letters.append(self._letters.get(timeout=TELL_EVERY))
            while len(letters) < 1000:
                letters.append(self._letters.get_nowait())
        except queue.Empty:
            pass
        return letters


if __name__ == "__main__":
    {"redis": RedisBridge, "kafka": KafkaBridge}[sys.argv[2]](sys.argv[1], sys.argv[3]).run()
