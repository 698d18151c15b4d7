"""What the parts of the conversation screen lean on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal, TypeVar

from textual.screen import Screen

from ...errors import PenchantError
from ..widgets.bubbles import Notice
from ..widgets.composer import Composer
from ..widgets.transcript import Transcript

if TYPE_CHECKING:
    from ..backend import ChatAgent
    from ..engine import Engine

__all__ = ["ConversationScreen", "Phase"]

T = TypeVar("T")
Phase = Literal["opening", "loading", "idle", "running"]


class ConversationScreen(Screen[None]):
    """A screen with a transcript and a composer, in front of an engine.

    Args:
        engine: Runs the agent; the screen hears from it through messages.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._phase: Phase = "opening"

    @property
    def _composer(self) -> Composer:
        return self.query_one(Composer)

    @property
    def _transcript(self) -> Transcript:
        return self.query_one(Transcript)

    async def _ask_engine(self, work: Callable[[ChatAgent], Awaitable[T]]) -> T | None:
        """Runs something on the agent; None and an error in the transcript if it fails."""
        try:
            return await self._engine.call(work)
        except PenchantError as error:
            await self._complain(error)
            return None

    async def _complain(self, error: Exception, advice: str = "") -> None:
        text = (
            str(error) if isinstance(error, PenchantError) else f"{type(error).__name__}: {error}"
        )
        await self._transcript.add(Notice(f"{text}\n{advice}".strip(), kind="error"))

    def _hint(self, text: str) -> None:
        self.notify(text, markup=False, timeout=3)
