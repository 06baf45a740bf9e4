"""A real process for tests, from the recipe that the backend itself uses: stop it, kill it, freeze it at will."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from xasup.runtime import ready
from xasup.runtime.supervise import Recipe

_LINE = b"ready\n"


class Process:
    """Dies with us, even when we are killed. start() blocks until it serves, and belongs into the main thread: to the
    kernel the parent of a process is the thread that made it."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._recipe.log.read_text() if self._recipe.log.exists() else ""

    def start(self) -> None:
        recipe = self._recipe
        recipe.log.parent.mkdir(parents=True, exist_ok=True)
        listen, speak = os.pipe()
        environment = {**os.environ, **recipe.environment, ready.VARIABLE: str(speak)}
        # setpriv: the child dies with us, even when we are killed.
        argv = ["setpriv", "--pdeathsig", "KILL", *recipe.argv]
        with recipe.log.open("ab") as log, os.fdopen(listen, "rb") as pipe:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log, env=environment, pass_fds=(speak,))
            os.close(speak)
            if recipe.probe is not None:
                with ThreadPoolExecutor(1) as aside:  # there may be an event loop in this thread
                    aside.submit(asyncio.run, _probe(recipe)).result()
            else:
                assert pipe.readline() == _LINE, f"{recipe.name} ended: {self.log}"

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it and wait for the end; nothing where it does not run."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)
            try:
                self._process.wait(15)
            finally:
                self._process.kill()
            self._process = None

    def restart(self, how: int = signal.SIGTERM) -> None:
        self.stop(how)
        self.start()

    def freeze(self) -> None:
        """It keeps its connections and does nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def heal(self) -> None:
        """It runs, whatever was done to it."""
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self.start()
        self.thaw()


async def _probe(recipe: Recipe) -> None:
    assert recipe.probe is not None
    async with asyncio.timeout(recipe.ready_within):
        await recipe.probe()


def now_ms() -> int:
    return time.time_ns() // 1_000_000
