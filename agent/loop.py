"""An event loop of Penchant's own, so that every call has a sync and an async form.

All work of an agent runs on one private loop in a daemon thread. Sync callers wait for it; async
callers await it from whatever loop they run (a notebook's, a web server's), so neither form blocks
nor needs the other.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import aclosing, suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_END = object()


class LoopThread:
    """An event loop that runs in a daemon thread until it is closed."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Starts a coroutine on the loop, from any thread."""
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("this agent is closed; make a new one")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the loop and waits; an interrupt of the caller cancels it."""
        future = self.submit(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def bridge(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the loop and awaits it from the caller's loop."""
        return await asyncio.wrap_future(self.submit(work))

    def iterate(self, events: Callable[[], AsyncGenerator[T]]) -> Iterator[T]:
        """Iterates an async iterator of the loop from sync code; leaving early cancels it."""
        import queue

        items: queue.SimpleQueue[object] = queue.SimpleQueue()
        pump = _Pump(events, items.put)
        future = self.submit(pump.run())
        try:
            while (item := items.get()) is not _END:
                yield item  # type: ignore[misc]  # the queue holds T or the end mark
            future.result()
        finally:
            if not future.done():
                future.cancel()
                # Cancelling reaches the loop later than here; the turn must be over before
                # the caller can start another.
                pump.finished.wait()

    async def aiterate(self, events: Callable[[], AsyncGenerator[T]]) -> AsyncIterator[T]:
        """Iterates an async iterator of the loop from the caller's loop; leaving early cancels."""
        caller = asyncio.get_running_loop()
        items: asyncio.Queue[object] = asyncio.Queue()

        def put(item: object) -> None:
            with suppress(RuntimeError):  # the caller's loop is closed: nobody listens any more
                caller.call_soon_threadsafe(items.put_nowait, item)

        pump = _Pump(events, put)
        future = self.submit(pump.run())
        try:
            while (item := await items.get()) is not _END:
                yield item  # type: ignore[misc]  # the queue holds T or the end mark
            await asyncio.wrap_future(future)
        finally:
            if not future.done():
                future.cancel()
                await asyncio.to_thread(pump.finished.wait)

    def close(self) -> None:
        """Cancels what runs and ends the thread; safe to call twice."""
        if not self._thread.is_alive():
            return
        with suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result(timeout=10)
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        if not self._loop.is_running():
            self._loop.close()


class _Pump(Generic[T]):
    """Carries the items of an async iterator out of its loop."""

    def __init__(self, events: Callable[[], AsyncGenerator[T]], put: Callable[[object], None]):
        self._events = events
        self._put = put
        self.finished = threading.Event()

    async def run(self) -> None:
        try:
            async with aclosing(self._events()) as items:
                async for item in items:
                    self._put(item)
        finally:
            self.finished.set()
            self._put(_END)


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
