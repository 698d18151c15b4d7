"""The thread in which the agent lives, so that the screen answers keys whatever the agent does.

The agent's own event loop runs here. The screen starts work by calling the methods below from its
own loop, and hears back through messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from ..errors import InterruptedTurnError, SessionError
from .messages import (
    AgentOpened,
    LearnedLater,
    Loaded,
    Loading,
    OpenFailed,
    TurnEnded,
    TurnStep,
)

if TYPE_CHECKING:
    from textual.message import Message

    from ..agent.types import Event
    from .backend import ChatAgent, OpenAgent

__all__ = ["Engine"]

T = TypeVar("T")


class Engine:
    """Owns the agent of the conversation on screen.

    Args:
        open_agent: Makes an agent for a session id, or for a new session (None). Called in the
            engine's thread, so it may import and load whatever it likes.
    """

    def __init__(self, open_agent: OpenAgent) -> None:
        self._open_agent = open_agent
        self._post: Callable[[Message], object] = lambda _: None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="penchant-agent", daemon=True)
        self._agent: ChatAgent | None = None
        self._turn: asyncio.Task[None] | None = None
        self._closing: Future[None] | None = None
        self._background: set[asyncio.Task[None]] = set()

    def start(self, post: Callable[[Message], object], session_id: str | None) -> None:
        """Starts the thread, opens a conversation and loads the models.

        Args:
            post: Takes a message; called from the engine's thread.
            session_id: The conversation to open, or None for a new one.
        """
        self._post = post
        self._thread.start()
        self.switch(session_id)

    def switch(self, session_id: str | None) -> None:
        """Leaves the conversation, if one is open, and opens another."""
        self._spawn(self._switch(session_id))

    def turn(self, run: Callable[[ChatAgent], AsyncIterator[Event]]) -> None:
        """Runs a turn; `TurnStep` and at last `TurnEnded` are posted."""
        self._spawn(self._run_turn(run))

    def cancel(self) -> None:
        """Stops the running turn, if any; `TurnEnded` follows when it has wound down."""

        def stop() -> None:
            if self._turn is not None:
                self._turn.cancel()

        self._loop.call_soon_threadsafe(stop)

    async def call(self, work: Callable[[ChatAgent], Awaitable[T]]) -> T:
        """Runs something else on the agent and awaits it in the caller's loop.

        Raises:
            SessionError: No conversation is open.
        """
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self._call(work), self._loop)
        )

    def close(self, timeout_s: float | None = None) -> bool:
        """Lets the agent finish what it learns, then ends the thread; may be called again.

        Returns:
            Whether it is done; False if that would take longer than `timeout_s` seconds.
        """
        if not self._thread.is_alive():
            return True
        if self._closing is None:
            self._closing = asyncio.run_coroutine_threadsafe(self._leave(), self._loop)
        try:
            self._closing.result(timeout_s)
        except TimeoutError:
            return False
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        return True

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _spawn(self, work: Awaitable[None]) -> None:
        def start() -> None:
            task = asyncio.ensure_future(work)
            self._background.add(task)
            task.add_done_callback(self._background.discard)

        self._loop.call_soon_threadsafe(start)

    async def _switch(self, session_id: str | None) -> None:
        try:
            await self._leave()
            agent = self._open_agent(session_id)
            turns, pending = agent.turns(), agent.pending
        except Exception as error:  # noqa: BLE001 - whatever stops it is shown, and the app stays
            self._post(OpenFailed(error))
            return
        self._agent = agent
        self._post(AgentOpened(agent.session_id, agent.settings, turns, pending))
        try:
            await agent.aload(self._progress)
        except Exception as error:  # noqa: BLE001 - without a model the rest still works
            self._post(Loaded(error))
        else:
            self._post(Loaded())

    def _progress(self, text: str) -> None:
        self._post(Loading(text))

    async def _run_turn(self, run: Callable[[ChatAgent], AsyncIterator[Event]]) -> None:
        self._turn = asyncio.current_task()
        try:
            agent = self._opened()
            async for event in run(agent):
                self._post(TurnStep(event))
        except (asyncio.CancelledError, InterruptedTurnError):
            self._turn = None
            self._post(TurnEnded(cancelled=True))
            return
        except Exception as error:  # noqa: BLE001 - a failing turn is shown, and the chat goes on
            self._turn = None
            self._post(TurnEnded(error=error))
            return
        self._turn = None
        self._post(TurnEnded())
        with contextlib.suppress(Exception):  # what fails here is only a line not shown
            self._post(LearnedLater(await agent.alearned()))

    async def _call(self, work: Callable[[ChatAgent], Awaitable[T]]) -> T:
        return await work(self._opened())

    def _opened(self) -> ChatAgent:
        if self._agent is None:
            raise SessionError("no conversation is open yet; wait until it is, or open another")
        return self._agent

    async def _leave(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            await asyncio.wait([self._turn])
        if self._agent is not None:
            agent, self._agent = self._agent, None
            await agent.aclose()
