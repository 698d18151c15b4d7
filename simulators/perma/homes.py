"""A home whose days pass as a timeline's do, and in which the assistant's replies are given.

Whoever remembers has heard the same conversations: arms differ by what they keep of them. So
during a timeline's sessions the assistant says what is written there; what memory asks of a chat
model behind the turns still goes to the run's model, if it has one.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ...errors import NoChatModelError
from ...models.tokens import estimate_tokens
from ...models.types import ChatModel, Chunk, Message, Usage
from ..tasks.timelines.types import Timeline

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ...agent.workspace import Workspace
    from ..runner.tools import Tools

    T = TypeVar("T", bound=BaseModel)

__all__ = ["Calendar", "Home", "Rehearsed", "open_home"]

_FILE = "memory.db"
_HOUR = 10
_A_MINUTE = timedelta(minutes=1)
_NEXT_DAY = timedelta(hours=20)


class Calendar:
    """Tells the time of a timeline."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def begin(self, timeline: Timeline, session: int) -> None:
        """The morning of a session, numbered from 1."""
        day = timeline.sessions[session - 1].date
        self.now = datetime.combine(day, time(hour=_HOUR), UTC)

    def tick(self) -> None:
        """A minute later."""
        self.now += _A_MINUTE

    def sleep(self) -> None:
        """The next day, when what held "tonight" no longer does."""
        self.now += _NEXT_DAY


class Rehearsed:
    """A chat model that gives the replies it is told to, and leaves the rest to another.

    Args:
        inner: Does what is not a reply; None refuses, as where no model is installed.
    """

    def __init__(self, inner: ChatModel | None) -> None:
        self._inner = inner
        self.reply: str | None = None

    @property
    def name(self) -> str:
        """See `ChatModel.name`."""
        return "rehearsed" if self._inner is None else self._inner.name

    @property
    def context_window(self) -> int:
        """See `ChatModel.context_window`."""
        return 8192 if self._inner is None else self._inner.context_window

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.7,
        seed: int | None = None,
        schema: type[BaseModel] | None = None,
        background: bool = False,
    ) -> AsyncGenerator[Chunk]:
        """The reply that is set; without one, or with a schema, see `ChatModel.stream`."""
        if self.reply is not None and schema is None and not background:
            yield Chunk(text=self.reply)
            yield Chunk(usage=Usage(calls=0))
            return
        async for chunk in self._model().stream(
            messages,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            schema=schema,
            background=background,
        ):
            yield chunk

    async def structured(
        self,
        messages: Sequence[Message],
        schema: type[T],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        seed: int | None = None,
        background: bool = False,
    ) -> tuple[T, Usage]:
        """See `ChatModel.structured`."""
        return await self._model().structured(
            messages,
            schema,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            background=background,
        )

    def count_tokens(self, text: str) -> int:
        """See `ChatModel.count_tokens`."""
        return estimate_tokens(text) if self._inner is None else self._inner.count_tokens(text)

    async def aclose(self) -> None:
        """Leaves the model open: other episodes use it."""

    def _model(self) -> ChatModel:
        if self._inner is None:
            raise NoChatModelError("this part of the run has no chat model")
        return self._inner


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An open workspace, its time and what it says.

    Attributes:
        workspace: What agents work with.
        calendar: Its time.
        chat: Its chat model.
        path: Where it is.
    """

    workspace: Workspace
    calendar: Calendar
    chat: Rehearsed
    path: Path


@contextmanager
def open_home(
    tools: Tools,
    timeline: Timeline,
    *,
    chat: ChatModel | None,
    like: Home | None = None,
    **overrides: object,
) -> Iterator[Home]:
    """Opens a home that is thrown away afterwards.

    Args:
        tools: Of the episode.
        timeline: Whose days pass.
        chat: What is no rehearsed reply goes to it.
        like: Another one, whose memories and time it begins with; what is learned in this one
            stays in this one.
        **overrides: Settings to change.
    """
    from ...agent.workspace import Workspace
    from ...memory import Memory

    first = datetime.combine(timeline.sessions[0].date, time(hour=_HOUR), UTC) - timedelta(days=1)
    calendar = Calendar(first if like is None else like.calendar.now)
    rehearsed = Rehearsed(chat)
    with tempfile.TemporaryDirectory(prefix="penchant-", ignore_cleanup_errors=True) as folder:
        path = Path(folder)
        if like is not None:
            _copy(like.path / _FILE, path / _FILE)
        settings = tools.settings.model_copy(
            update={
                "home": path,
                "database_url": None,
                "index_url": None,
                "drafts": 1,
                "questions_per_session": 0,
                **overrides,
            }
        )
        with Memory(path, tools.embedder, clock=calendar) as memory:
            workspace = Workspace(settings, chat=rehearsed, embedder=tools.embedder, memory=memory)
            try:
                yield Home(workspace=workspace, calendar=calendar, chat=rehearsed, path=path)
            finally:
                workspace.close()


def _copy(source: Path, target: Path) -> None:
    """Copies a database that is open elsewhere, its log included."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
