"""One user who writes as fast as the broker takes it, to a friend who reads it all: a program of its own, so that it
takes no time from who measures. `python -m tests.attacks.flood PORT` says `ready`, and goes on until its input ends;
then it says how many came to the friend."""

from __future__ import annotations

import os
import sys
import threading

from tests.support.broker import token
from tests.support.raw_mqtt import Closed, Out, RawClient
from xasup.protocol import topics
from xasup.protocol.ids import UserId

SINK = UserId("mallory")
BATCH = 200


def main(port: int) -> None:
    with RawClient(port, "mallory:d", "mallory", token("mallory:d")) as sink:
        assert sink.subscribe(topics.mailbox(SINK)) == 1
        for qos in (0, 1):
            threading.Thread(target=write, args=(port, qos), daemon=True).start()
        got = [0]
        threading.Thread(target=drain, args=(sink, got), daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()
        print(got[0], flush=True)
        os._exit(0)  # the writers never end by themselves


def write(port: int, qos: int) -> None:
    client = f"eve:{qos}"
    with RawClient(port, client, "eve", token(client)) as raw:
        while True:
            raw.publish_all([Out(topics.message(SINK, UserId("eve")), bytes(200), qos)] * BATCH)


def drain(sink: RawClient, got: list[int]) -> None:
    try:
        while True:
            sink.await_message()
            got[0] += 1
    except (Closed, OSError):
        return


if __name__ == "__main__":
    main(int(sys.argv[1]))
