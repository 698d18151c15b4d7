"""The product's own path from what was said to what is recalled: whole turns of an agent."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ...memory import Preference, as_prompt_data
from ...models.passing import RehearsedChatModel
from ..datasets.prefeval import Said
from ..runner.tools import Tools

__all__ = ["Remembered", "remember"]

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

    chat = RehearsedChatModel(tools.chat)
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
