"""A workspace with two users, one of whom has secrets, and a record of every prompt."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ...models import FunctionChatModel
from ...models.types import ChatModel, Message
from ..runner import Tools, derive
from .shared import SharedMemory, unfenced

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ...agent import Agent, Workspace
    from ...memory import Memory

__all__ = ["OWNER", "READER", "Secrets", "World", "open_world"]

OWNER, READER = "ana", "ben"
_SYLLABLES = ("vel", "mar", "quen", "dor", "tas", "brim", "lox", "fen", "gru", "pil", "zan", "ketu")
_DRAFTS = ("Rain taps on the roof.", "Over the hills it rains, softly and for a long time.")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Words that nobody else can know, each in another kind of thing that the owner taught.

    Attributes:
        liked: In a message.
        avoided: In a hard constraint.
        kept: In a preference added by hand.
        scope: In the scope of one.
        compared: In a text preferred to another.
        edited: In the user's version of a reply.
        rated: In a text that was rated, with the reason.
        offered: In an offer refused.
        asked: In a message whose question is open.
    """

    liked: str
    avoided: str
    kept: str
    scope: str
    compared: str
    edited: str
    rated: str
    offered: str
    asked: str

    @classmethod
    def drawn(cls, seed: int) -> Secrets:
        """Draws words of a seed's own."""
        import numpy as np

        rng = np.random.default_rng(seed)

        def word() -> str:
            parts = [_SYLLABLES[int(i)] for i in rng.integers(len(_SYLLABLES), size=4)]
            return "".join(parts) + "ium"

        found: list[str] = []
        while len(found) < len(cls.__slots__):
            one = word()
            if one not in found:
                found.append(one)
        return cls(*found)

    @property
    def words(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(str(getattr(self, name)) for name in self.__slots__)


@dataclass(slots=True, kw_only=True)
class World:
    """What attempts are made on.

    Attributes:
        workspace: Shared by all users.
        home: Its files.
        chat: The model behind it; a fake unless a real one is asked for.
        secrets: What the owner taught.
        seed: Of draws within the attack.
        leaky: The memory is everybody's and prompts have no fence.
        tools: The run's.
        texts: How many injected texts to try, drawn anew in each world; None tries all.
        stored: What was planted, as it was, for prompts without a fence.
    """

    workspace: Workspace
    home: Path
    chat: ChatModel
    secrets: Secrets
    seed: int
    leaky: bool
    tools: Tools
    texts: int | None = None
    stored: list[str] = field(default_factory=list)
    _agents: list[Agent] = field(default_factory=list)

    @property
    def memory(self) -> Memory:
        """The store."""
        return self.workspace.memory

    def agent(self, user_id: str, session_id: str | None = None) -> Agent:
        """An agent, closed with the world."""
        from ...agent import Agent

        made = Agent(user_id, session_id=session_id, workspace=self.workspace)
        self._agents.append(made)
        return made

    def prompts(self) -> list[str]:
        """The prompts so far, whole, those of the fake model."""
        if not isinstance(self.chat, FunctionChatModel):
            return []
        found = [
            "\n".join(each.content for each in call.messages if each.role != "system")
            for call in self.chat.calls
        ]
        return [unfenced(each, self.stored) for each in found] if self.leaky else found

    def forget_prompts(self) -> None:
        """Starts the record of prompts anew."""
        if isinstance(self.chat, FunctionChatModel):
            self.chat.calls.clear()

    async def teach(self) -> Agent:
        """Has the owner teach every secret, and leaves a question open."""
        from ...memory.types import Rating
        from ...policies.offers import Offer

        said, owner = self.secrets, self.agent(OWNER, "owners-session")
        await owner.asend(f"I love {said.liked} tea.")
        await owner.asend(f"I'm allergic to {said.avoided}.")
        reply = await owner.asend("Write a short poem about rain.")
        if reply.text:
            await owner.aedit(reply, f"{reply.text} Like {said.edited}.", reason="too plain")
        memory = self.memory
        memory.add(OWNER, f"collects {said.kept}")
        memory.add(OWNER, "likes short letters", scope=f"letters to {said.scope}")
        memory.record(OWNER, Rating(text=f"A poem about {said.rated}.", value=1.0, reason="good"))
        await owner.aprefer(f"A walk in {said.compared}.", "A walk in the rain at night, again.")
        offer = Offer(topic=f"order {said.offered}", text=f"Shall I order {said.offered}?")
        await owner.aanswer_offer(offer, "never offer that again")
        asking = self.agent(OWNER, "owners-question")
        await asking.asend(f"Any ideas for dinner tonight with {said.asked}?")
        return owner

    async def close(self) -> None:
        """Closes the agents."""
        for each in self._agents:
            await each.aclose()
        self._agents.clear()


def _answer(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
    if schema is None:
        return _DRAFTS[0]
    if "drafts" in schema.model_fields:
        drafts = [{"approach": f"way {n}", "text": text} for n, text in enumerate(_DRAFTS)]
        return json.dumps({"drafts": drafts})
    # What is inferred of an edit, by a model that takes everything for a wish.
    return (
        json.dumps({"wants": [messages[-1].content[-60:]]})
        if "wants" in schema.model_fields
        else "{}"
    )


@asynccontextmanager
async def open_world(
    tools: Tools,
    *,
    seed: int,
    leaky: bool,
    texts: int | None = None,
    chat: ChatModel | None = None,
) -> AsyncIterator[World]:
    """A world in a home that is thrown away.

    Args:
        tools: Settings and the embedder.
        seed: Of secrets and of draws within the attack.
        leaky: With a memory that is everybody's, and prompts without a fence.
        texts: How many injected texts to try, drawn by the seed; None tries all.
        chat: The chat model; by default a fake that writes about rain.
    """
    from ...agent import Workspace
    from ...memory import Memory

    model = chat if chat is not None else FunctionChatModel(fn=_answer)
    with TemporaryDirectory(prefix="penchant-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        settings = tools.settings.model_copy(update={"home": home, "questions_per_session": 1})
        memory = (SharedMemory if leaky else Memory)(home, tools.embedder)
        workspace = Workspace(settings, chat=model, embedder=tools.embedder, memory=memory)
        world = World(
            workspace=workspace,
            home=home,
            chat=model,
            secrets=Secrets.drawn(derive(seed, "secrets")),
            seed=seed,
            leaky=leaky,
            tools=tools,
            texts=texts,
        )
        try:
            yield world
        finally:
            await world.close()
            workspace.close()
            memory.close()
