"""An event loop of Penchant's own, so that every call has a sync and an async form.

All work of an agent runs on one private loop in a daemon thread. Sync callers wait for it; async
callers await it from whatever loop they run (a notebook's, a web server's), so neither form blocks
nor needs the other.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, suppress
from typing import Any, Generic, TypeVar

from ..errors import InterruptedTurnError, SessionError

T = TypeVar("T")

_END = object()
_PATIENCE_S = 10.0


class LoopThread:
    """An event loop that runs in a daemon thread until it is closed."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._gate = threading.Lock()
        self._closing = False
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the loop and waits; an interrupt of the caller cancels it.

        Raises:
            SessionError: The loop is closed.
            InterruptedTurnError: The loop was closed meanwhile.
        """
        job = self._start(work)
        try:
            job.finished.wait()
        finally:
            job.end()
        return job.result()

    async def bridge(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the loop and awaits it from the caller's loop; see `run`."""
        caller = asyncio.get_running_loop()
        done = asyncio.Event()
        job = self._start(work, lambda: _tell(caller, done.set))
        try:
            await done.wait()
        finally:
            await job.aend()
        return job.result()

    def iterate(self, events: Callable[[], AsyncGenerator[T]]) -> Iterator[T]:
        """Iterates an async iterator of the loop from sync code; leaving early cancels it."""
        items: queue.SimpleQueue[object] = queue.SimpleQueue()
        job = self._start(_pump(events, items.put), lambda: items.put(_END))
        try:
            while (item := items.get()) is not _END:
                yield item  # type: ignore[misc]  # the queue holds T or the end mark
        finally:
            job.end()
        job.result()

    async def aiterate(self, events: Callable[[], AsyncGenerator[T]]) -> AsyncIterator[T]:
        """Iterates an async iterator of the loop from the caller's loop; leaving early cancels."""
        caller = asyncio.get_running_loop()
        items: asyncio.Queue[object] = asyncio.Queue()

        def put(item: object) -> None:
            _tell(caller, lambda: items.put_nowait(item))

        job = self._start(_pump(events, put), lambda: put(_END))
        try:
            while (item := await items.get()) is not _END:
                yield item  # type: ignore[misc]  # the queue holds T or the end mark
        finally:
            await job.aend()
        job.result()

    def close(self) -> None:
        """Cancels what runs and ends the thread; safe to call twice."""
        with self._gate:
            # Behind the gate, so that whatever was started is there to be cancelled.
            ended, self._closing = self._closing, True
        if ended:
            return
        cancelled = asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop)
        # What does not heed its cancellation dies with the daemon thread.
        with suppress(TimeoutError):
            cancelled.result(timeout=_PATIENCE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=_PATIENCE_S)
        if not self._loop.is_running():
            self._loop.close()

    def _start(
        self, work: Coroutine[Any, Any, T], finished: Callable[[], object] | None = None
    ) -> _Job[T]:
        job = _Job(work, self._loop, finished)
        with self._gate:
            if self._closing:
                work.close()
                raise SessionError("this agent is closed; make a new one")
            self._loop.call_soon_threadsafe(job.begin)
        return job


class _Job(Generic[T]):
    """A coroutine on its way through the loop.

    A `concurrent.futures.Future` will not do: cancelled, it counts as done at once, while the turn
    behind it still runs, and the caller's next turn would find the session busy.
    """

    def __init__(
        self,
        work: Coroutine[Any, Any, T],
        loop: asyncio.AbstractEventLoop,
        when_finished: Callable[[], object] | None,
    ) -> None:
        self.finished = threading.Event()
        self._work = work
        self._loop = loop
        self._when_finished = when_finished
        self._task: asyncio.Task[T] | None = None

    def begin(self) -> None:
        """Starts the work; called in the loop."""
        self._task = self._loop.create_task(self._work)
        self._task.add_done_callback(self._finish)

    def _finish(self, _task: asyncio.Task[T]) -> None:
        self.finished.set()
        if self._when_finished is not None:
            self._when_finished()

    def end(self) -> None:
        """Cancels the work unless it is over, and waits until it is."""
        if not self.finished.is_set():
            self._cancel()
            self.finished.wait(_PATIENCE_S)

    async def aend(self) -> None:
        """Like `end`, from another loop; a cancellation of the caller does not cut it short."""
        if not self.finished.is_set():
            self._cancel()
            await asyncio.shield(asyncio.to_thread(self.finished.wait, _PATIENCE_S))

    def _cancel(self) -> None:
        # In the loop, behind `begin`.
        _tell(self._loop, lambda: self._task is not None and self._task.cancel())

    def result(self) -> T:
        """What the finished work returned or raised."""
        assert self._task is not None, "finished work was begun"
        if self._task.cancelled():
            raise InterruptedTurnError(
                "the agent was closed while this ran; what was said is kept, go on in a new agent"
            )
        return self._task.result()


async def _pump(events: Callable[[], AsyncGenerator[T]], put: Callable[[object], None]) -> None:
    """Carries the items of an async iterator out of its loop."""
    async with aclosing(events()) as items:
        async for item in items:
            put(item)


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Runs a callback in a loop; nothing if that loop is closed, for then nobody listens."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(callback)


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
