"""What the terminal expects of an agent; `penchant.Agent` fits, and so do scripted ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..agent.types import Choosing, Event, Pending, Reply
    from ..config import Settings
    from ..memory.types import Conflict, Preference, SessionInfo, Settled, Turn
    from ..policies.types import Question

__all__ = ["ChatAgent", "ChatMemory", "OpenAgent"]


class ChatMemory(Protocol):
    """What is known of one user, as far as the chat shows and corrects it."""

    async def aget_all(self) -> Sequence[Preference]:
        """The live preferences."""
        ...

    async def aupdate(
        self, preference_id: str, description: str, *, scope: str | None = None
    ) -> object:
        """Puts a description in the user's own words, and what it is for; None is always."""
        ...

    async def adelete(self, preference_id: str) -> object:
        """Erases a preference."""
        ...

    async def arestore(self, preference: Preference) -> object:
        """Puts an erased preference back."""
        ...


class ChatAgent(Protocol):
    """An agent in one conversation with one user."""

    @property
    def user_id(self) -> str:
        """Who is talking."""
        ...

    @property
    def session_id(self) -> str:
        """The conversation."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def memory(self) -> ChatMemory:
        """What is known of the user."""
        ...

    @property
    def pending(self) -> Pending | None:
        """What waits for the user."""
        ...

    def astream(self, text: str, *, offer_choice: bool = False) -> AsyncIterator[Event]:
        """Takes a message; the last event is `Finished`."""
        ...

    def astream_answer(self, question: Question, value: str | int | None) -> AsyncIterator[Event]:
        """Takes an answer: an option's index, free text, or None to skip."""
        ...

    def astream_choice(self, choosing: Choosing, index: int | None) -> AsyncIterator[Event]:
        """Takes a pick, or None for none of them."""
        ...

    def astream_resolve(
        self, conflict: Conflict, keep: Settled | None, *, scope: str | None = None
    ) -> AsyncIterator[Event]:
        """Takes the user's word on a contradiction, or None to leave it open."""
        ...

    async def aedit(self, reply: Reply, new_text: str) -> tuple[Preference, ...]:
        """Learns from the user's version of a reply."""
        ...

    async def arate(self, reply: Reply, value: float) -> object:
        """Learns from a rating in [-1, 1]."""
        ...

    async def alearned(self) -> tuple[Preference, ...]:
        """Waits for what the last turn taught."""
        ...

    async def aundo(self, preference_id: str) -> object:
        """Takes back what was learned."""
        ...

    async def aload(self, progress: Callable[[str], None] | None = None) -> None:
        """Loads the models."""
        ...

    def turns(self) -> Sequence[Turn]:
        """The messages of this conversation, oldest first."""
        ...

    def sessions(self) -> Sequence[SessionInfo]:
        """The user's conversations, latest first."""
        ...

    async def adelete_session(self, session_id: str) -> object:
        """Erases a conversation of the user's."""
        ...

    async def aclose(self) -> None:
        """Finishes background work and lets go of everything."""
        ...


class OpenAgent(Protocol):
    """Makes agents: one conversation at a time, sharing what is costly to load."""

    def __call__(self, session_id: str | None) -> ChatAgent:
        """Opens a conversation: the one with this id, or a new one."""
        ...
