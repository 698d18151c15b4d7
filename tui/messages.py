"""What the agent's thread tells the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from ..agent.types import Event, Pending
    from ..config import Settings
    from ..memory.types import Preference, Turn

__all__ = [
    "AgentOpened",
    "LearnedLater",
    "Loaded",
    "Loading",
    "OpenFailed",
    "TurnEnded",
    "TurnStep",
]


class AgentOpened(Message):
    """A conversation is open; its models may still be loading."""

    def __init__(
        self,
        session_id: str,
        settings: Settings,
        turns: Sequence[Turn],
        pending: Pending | None,
    ) -> None:
        super().__init__()
        self.session_id = session_id
        self.settings = settings
        self.turns = turns
        self.pending = pending


class OpenFailed(Message):
    """No conversation could be opened."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Loading(Message):
    """A stage of loading the models, fit to show."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Loaded(Message):
    """The models are loaded, or could not be."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error


class TurnStep(Message):
    """An event of the running turn."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class TurnEnded(Message):
    """The turn is over: done, cancelled by the user, or failed with an error."""

    def __init__(self, *, cancelled: bool = False, error: Exception | None = None) -> None:
        super().__init__()
        self.cancelled = cancelled
        self.error = error


class LearnedLater(Message):
    """Learning in the background is done with the last turn."""

    def __init__(self, preferences: tuple[Preference, ...]) -> None:
        super().__init__()
        self.preferences = preferences
