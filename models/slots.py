"""Who may use the one slot of a local model next."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
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

    @asynccontextmanager
    async def take(
        self, *, background: bool = False, give_way: Callable[[], object] | None = None
    ) -> AsyncIterator[None]:
        """Holds the slot while the block runs.

        Args:
            background: Nobody waits for this call: all others go first.
            give_way: Called in the holder's event loop when a call that somebody waits for comes
                while this one holds the slot; it should end the block soon.
        """
        loop = asyncio.get_running_loop()
        ticket = _Ticket(
            loop=loop, granted=loop.create_future(), background=background, give_way=give_way
        )
        with self._lock:
            if self._holder is None:
                self._holder = ticket
                ticket.granted.set_result(None)
            else:
                self._waiting.append(ticket)
                if not background and self._holder.give_way is not None:
                    _post(self._holder.loop, self._holder.give_way)
        try:
            await ticket.granted
            yield
        finally:
            self._leave(ticket)

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
