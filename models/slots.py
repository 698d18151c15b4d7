"""Who may use the one slot of a local model next."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

__all__ = ["SlotQueue"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ticket:
    loop: asyncio.AbstractEventLoop
    granted: asyncio.Future[None]
    background: bool
    give_way: Callable[[], object] | None


class SlotQueue:
    """Hands one slot out: to calls that a person waits for first, each kind in order of arrival.

    It may be used from several event loops in several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: _Ticket | None = None
        self._waiting: list[_Ticket] = []

    def take(
        self, *, background: bool = False, give_way: Callable[[], object] | None = None
    ) -> _Hold:
        """Holds the slot during an `async with` block.

        Args:
            background: Nobody waits for this call: all others go first.
            give_way: Called in the holder's event loop when a call that somebody waits for comes
                while this one holds the slot; it should end the block soon.
        """
        return _Hold(self, background, give_way)

    async def _enter(self, ticket: _Ticket) -> None:
        with self._lock:
            if self._holder is None:
                self._holder = ticket
                return
            self._waiting.append(ticket)
            if not ticket.background and self._holder.give_way is not None:
                _post(self._holder.loop, self._holder.give_way)
        try:
            await ticket.granted
        except BaseException:
            self._leave(ticket)
            raise

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                return
            self._holder = None
            while self._waiting and self._holder is None:
                following = min(self._waiting, key=lambda waiting: waiting.background)
                self._waiting.remove(following)
                if _post(following.loop, partial(_grant, following.granted)):
                    self._holder = following


class _Hold:
    # A class, not a generator: a loop that shuts down closes all generators at once, in no order.
    def __init__(
        self, queue: SlotQueue, background: bool, give_way: Callable[[], object] | None
    ) -> None:
        self._queue = queue
        self._background = background
        self._give_way = give_way

    async def __aenter__(self) -> None:
        loop = asyncio.get_running_loop()
        self._ticket = _Ticket(
            loop=loop,
            granted=loop.create_future(),
            background=self._background,
            give_way=self._give_way,
        )
        await self._queue._enter(self._ticket)

    async def __aexit__(self, *_: object) -> None:
        self._queue._leave(self._ticket)


def _grant(granted: asyncio.Future[None]) -> None:
    if not granted.done():
        granted.set_result(None)


def _post(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> bool:
    """Runs a callback in a loop; False if the loop is closed, and its calls with it."""
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        return False
    return True
