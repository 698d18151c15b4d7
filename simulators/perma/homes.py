"""A home whose days pass as a timeline's do, and in which the assistant's replies are given.

Whoever remembers has heard the same conversations: arms differ by what they keep of them. So
during a timeline's sessions the assistant says what is written there; what memory asks of a chat
model behind the turns still goes to the run's model, if it has one.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import NoChatModelError
from ...models.passing import RehearsedChatModel
from ...models.types import ChatModel
from ..tasks.timelines.types import Timeline

if TYPE_CHECKING:
    from ...agent.workspace import Workspace
    from ..runner.tools import Tools

__all__ = ["Calendar", "Home", "open_home"]

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
    chat: RehearsedChatModel
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
    from ...agent.workspace import MissingChat, Workspace
    from ...memory import Memory

    first = datetime.combine(timeline.sessions[0].date, time(hour=_HOUR), UTC) - timedelta(days=1)
    calendar = Calendar(first if like is None else like.calendar.now)
    none = NoChatModelError("this part of the run has no chat model")
    rehearsed = RehearsedChatModel(MissingChat("rehearsed", none) if chat is None else chat)
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
