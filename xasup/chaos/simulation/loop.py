"""The event loop of one simulated process. It can be killed between any two callbacks, stopped for a while, and has a
clock of its own that may be wrong. Refuses to know: what runs on it.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from xasup.chaos.simulation.universe import Universe, running

T = TypeVar("T")
Connect = Callable[["Loop", Callable[[], asyncio.Protocol]], Coroutine[Any, Any, tuple[Any, Any]]]


class _Call:
    """As much of an asyncio.Handle as anybody asks for, made and called in a third of the time. Nothing that runs here
    has context variables."""

    __slots__ = ("args", "do")

    def __init__(self, do: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.do: Callable[..., Any] | None = do
        self.args = args

    def cancel(self) -> None:
        self.do = None

    def cancelled(self) -> bool:
        return self.do is None


class Loop(asyncio.AbstractEventLoop):
    """*name*: of the process; *connect*: how it reaches the network; *work*: does what a thread would do. `fuse`: so
    many callbacks until it is killed, None: it is not; `failed`: what went wrong that nobody caught."""

    def __init__(
        self,
        universe: Universe,
        name: str,
        connect: Connect,
        thread: Callable[[Loop], float],
        killed: Callable[[], None],
    ) -> None:
        self.universe, self.name = universe, name
        self._busy = universe.busy
        self.alive, self.fuse = True, cast(int | None, None)
        self.failed: list[str] = []
        self._connect, self._thread, self._killed = connect, thread, killed
        self._ready: deque[_Call] = deque()
        self._told = self._stopped = False
        self._threads: dict[Any, float] = {}
        self._tasks: list[asyncio.Task[Any]] = []  # what was killed must not be thrown away, and so end after all

    # ---- its fate

    def kill(self) -> None:
        """Nothing of it ever runs again."""
        if self.alive:
            self.alive, self.fuse = False, None
            self._ready.clear()
            self._killed()

    def stop_for(self, seconds: float) -> None:
        """As SIGSTOP and SIGCONT do."""
        self._stopped = True
        self.universe.after(seconds, self._go_on)

    def bury(self) -> None:
        """Where the interpreter lives on when the run is over: end what was cut off, so that it does not end later."""
        self.alive = False
        for task in self._tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined] # they were killed, and are meant to be
            coroutine = task.get_coro()
            for _ in range(20):
                try:
                    coroutine.close()
                    break
                except BaseException:  # noqa: BLE001, S112 # it wants to await in its `finally`: once more
                    continue
        self._tasks.clear()

    def turn(self) -> None:
        """Run what is ready now, as a loop does."""
        self._told = False
        if self._stopped:
            return
        ready = self._ready
        if self.universe.runs is not self:
            running(self)
            self.universe.runs = self
        for _ in range(len(ready)):
            if not ready or (self.fuse is not None and self._burnt()):
                break
            call = ready.popleft()
            if call.do is not None:
                try:
                    call.do(*call.args)
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as error:  # noqa: BLE001 - as asyncio has it
                    self.call_exception_handler({"message": f"in {call.do!r}", "exception": error})
        if ready:
            self._tell()

    def _burnt(self) -> bool:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                self.kill()
        return not self.alive

    def _go_on(self) -> None:
        self._stopped = False
        self._tell()

    def _tell(self) -> None:
        if self._ready and not self._told and not self._stopped:
            self._told = True
            self._busy(self)

    # ---- what asyncio asks of a loop

    def time(self) -> float:
        return self.universe.now

    def call_soon(  # type: ignore[override] # typeshed has a TypeVarTuple there
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        call = _Call(callback, args)
        if self.alive:
            self._ready.append(call)
            if not self._told and not self._stopped:
                self._told = True
                self._busy(self)
        return call  # type: ignore[return-value]

    call_soon_threadsafe = call_soon  # type: ignore[assignment] # there is one thread

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        call = _Call(callback, args)
        self.universe.at(self.universe.now + delay, self._due, call)
        return call  # type: ignore[return-value]

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        call = _Call(callback, args)
        self.universe.at(when, self._due, call)
        return call  # type: ignore[return-value]

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, T], *, name: str | None = None, context: contextvars.Context | None = None
    ) -> asyncio.Task[T]:
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks.append(task)
        return task

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        done = self.create_future()
        self.in_thread(executor, func, args, lambda value, error: _settle(done, value, error))
        return done

    def in_thread(
        self, thread: Any, func: Callable[..., Any], args: tuple[Any, ...], done: Callable[[Any, Any], None]
    ) -> None:
        """*func* in a thread: it is done at one moment, and known to be done a little later. In the order asked."""
        when = max(self.universe.now + self._thread(self), self._threads.get(thread, 0.0))
        self._threads[thread] = when
        self.universe.at(when, self._in_thread, func, args, done)

    def _in_thread(self, func: Callable[..., Any], args: tuple[Any, ...], done: Callable[[Any, Any], None]) -> None:
        if not self.alive:
            return
        try:
            value, error = func(*args), None
        except BaseException as caught:  # noqa: BLE001 - handed on
            value, error = None, caught
        self.universe.after(0.00005, self.call_soon, done, value, error)

    async def create_connection(self, factory: Any, *_: Any, **__: Any) -> tuple[Any, Any]:  # type: ignore[override]
        return await self._connect(self, factory)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if self.alive and not isinstance(error, asyncio.CancelledError | GeneratorExit):
            self.failed.append(f"{self.name}: {context.get('message')}: {error!r}")

    get_debug = bool  # False; each future asks

    def is_running(self) -> bool:
        return self.alive

    def is_closed(self) -> bool:
        return False

    def _due(self, call: _Call) -> None:
        if call.do is not None and self.alive:
            self._ready.append(call)
            self._tell()


def _settle(done: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(value)
    else:
        done.set_exception(error)
