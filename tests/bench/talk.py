"""`python -m tests.bench.talk ours|bare CONNECT_STRING OTHER FILE`: one side of a conversation, as a process.

Says `{"ready": true}`, then measures for each line of standard input, `{"seconds", "window"}`, and answers with a line;
ends with its input. The side that only listens gets no lines.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.bench import talkers
from tests.bench.tally import Tally
from xasup.protocol import connect
from xasup.protocol.ids import UserId

WAYS = {"ours": talkers.ours, "bare": talkers.bare}


async def talk(way: str, account: str, other: str, file: str) -> None:
    tally = Tally(1)

    def delivered(id: str) -> None:
        tally.delivered(id)

    async with WAYS[way](connect.parse(account), UserId(other), Path(file), delivered) as send:
        print('{"ready": true}', flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            wanted = json.loads(line)
            tally = Tally(wanted["window"])
            print(json.dumps(await tally.measure(send, wanted["seconds"])), flush=True)


if __name__ == "__main__":
    asyncio.run(talk(*sys.argv[1:]))
