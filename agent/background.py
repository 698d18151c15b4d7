"""Inference that must not delay a reply: it runs behind the turn, and nothing of it is lost.

The evidence is in memory before inference starts; what fails here (a model that times out, or
writes prose) leaves the evidence as it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from ..errors import PenchantError
from ..memory.types import Preference, Statement
from ..models.types import Usage
from ..policies.feedback import infer_statements
from .services import Inference, Services

__all__ = ["Background", "Inference", "infer_from_message"]

_log = logging.getLogger("penchant.agent")


class Background:
    """The inference tasks of one conversation."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Inference]] = set()
        self._learned: list[Preference] = []
        self.usage = Usage(calls=0)

    def start(self, work: Coroutine[Any, Any, Inference]) -> None:
        """Starts inference on the running loop."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[Inference]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            done = task.result()
            self._learned += done.learned
            self.usage = self.usage + done.usage
        elif isinstance(error, PenchantError):
            _log.warning("nothing inferred: %s", error)
        else:
            _log.error("inference failed", exc_info=error)

    async def drain(self) -> tuple[Preference, ...]:
        """Waits for what runs; returns what was learned since the last call."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
        learned, self._learned = tuple(self._learned), []
        return learned

    async def finish(self, patience_s: float = 10.0) -> None:
        """Gives what runs a while to end, then ends it; the evidence is kept either way."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(tuple(self._tasks), timeout=patience_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def infer_from_message(services: Services, text: str) -> Inference:
    """Asks the chat model what a message states, where the rules were unsure."""
    drafts, usage = await infer_statements(services.chat, text)
    if not drafts:
        return Inference((), usage)
    learned = await asyncio.to_thread(
        services.memory.learn,
        services.user_id,
        Statement(text=text),
        drafts,
        session_id=services.session_id,
        source="chat",
    )
    return Inference(tuple(learned), usage)
