"""The product's own path from what was said to what is recalled: whole turns of an agent."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ...memory import Preference, as_prompt_data
from ...models.types import ChatModel, Chunk, Message, Usage
from ..datasets.prefeval import Said
from ..runner.tools import Tools

if TYPE_CHECKING:
    from pydantic import BaseModel

    T = TypeVar("T", bound=BaseModel)

__all__ = ["Remembered", "RepliesAsRecorded", "remember"]

_USER = "someone"


class Remembered(NamedTuple):
    """What the product made of a conversation.

    Attributes:
        learned: What it holds of the user out of the turns that are about them.
        mislearned: What it holds that comes from other turns alone.
        recalled: What it puts before the model for the question.
        block: The same as the prompt has it; empty if nothing is recalled.
    """

    learned: tuple[Preference, ...]
    mislearned: tuple[Preference, ...]
    recalled: tuple[Preference, ...]
    block: str

    @property
    def serves(self) -> bool:
        """Whether something out of the turns about the user is put before the model."""
        ids = {each.id for each in self.learned}
        return any(each.id in ids for each in self.recalled)


class RepliesAsRecorded:
    """A chat model that replies what the record says, and leaves all else to a real one.

    Replies are those of the conversation that is replayed; what the product asks a model behind
    the turns (what a message states) is asked of the real one.

    Args:
        inner: The real one.
    """

    def __init__(self, inner: ChatModel) -> None:
        self._inner = inner
        self.reply = ""

    @property
    def name(self) -> str:
        """See `ChatModel.name`."""
        return self._inner.name

    @property
    def context_window(self) -> int:
        """See `ChatModel.context_window`."""
        return self._inner.context_window

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
        """The recorded reply, at no cost."""
        yield Chunk(text=self.reply)
        yield Chunk(usage=Usage(calls=0))

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
        return await self._inner.structured(
            messages,
            schema,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            background=background,
        )

    def count_tokens(self, text: str) -> int:
        """See `ChatModel.count_tokens`."""
        return self._inner.count_tokens(text)

    async def aclose(self) -> None:
        """Leaves the real one open."""


async def remember(said: Sequence[Said], question: str, tools: Tools, *, about: int) -> Remembered:
    """Holds a conversation with an agent, then asks the question in another session.

    The agent reads, learns, recalls and ranks as it always does; it writes one draft, which is
    the recorded reply, and asks nothing back.

    Args:
        said: The conversation.
        question: What is asked afterwards.
        tools: The episode's.
        about: So many of the first turns are about the user.

    Raises:
        ModelError: The model behind the turns cannot be loaded or run.
    """
    from ...agent.agent import Agent
    from ...agent.workspace import Workspace

    chat = RepliesAsRecorded(tools.chat)
    with tempfile.TemporaryDirectory(prefix="penchant-", ignore_cleanup_errors=True) as home:
        settings = tools.settings.model_copy(
            update={"home": Path(home), "drafts": 1, "questions_per_session": 0}
        )
        workspace = Workspace(settings, chat=chat, embedder=tools.embedder)
        try:
            async with Agent(_USER, workspace=workspace) as agent:
                for each in said:
                    chat.reply = each.assistant or "…"
                    await agent.asend(each.user)
                await agent.alearned()
                held = tuple(await agent.memory.aget_all())
                events = await agent.memory.aevidence()
            async with Agent(_USER, workspace=workspace) as agent:
                chat.reply = "…"
                reply = await agent.asend(question)
                await agent.alearned()
        finally:
            workspace.close()
    telling = {each.user.strip() for each in said[:about]}
    own = {each.id for each in events if getattr(each.observation, "text", "").strip() in telling}
    learned = tuple(each for each in held if own.intersection(each.evidence_ids))
    return Remembered(
        learned=learned,
        mislearned=tuple(each for each in held if each not in learned),
        recalled=tuple(reply.recalled),
        block=as_prompt_data(reply.recalled),
    )
