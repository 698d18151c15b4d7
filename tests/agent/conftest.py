"""Agents on fakes: a chat model that is a function, and an embedder that hashes words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import pytest
from pydantic import BaseModel

from penchant import Agent, Settings
from penchant.models import FunctionChatModel, HashEmbedder, Message

Answering = Callable[[Sequence[Message], type[BaseModel] | None], str | BaseModel]

SHORT = "Tofu stir fry with rice."
LONG = "Lentil soup: fry onions, add lentils and stock, simmer for half an hour, then serve."


def drafting(*texts: str) -> Answering:
    """A chat model that writes these drafts, or the first where one is wanted."""

    def answer(messages: Sequence[Message], schema: type[BaseModel] | None) -> str | BaseModel:
        if schema is None:
            return texts[0]
        if "drafts" in schema.model_fields:
            drafts = [{"approach": f"way {i}", "text": text} for i, text in enumerate(texts)]
            return json.dumps({"drafts": drafts})
        return "{}"

    return answer


class Agents:
    """Makes agents over one home, and closes them."""

    drafting = staticmethod(drafting)

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.embedder = HashEmbedder()
        self._open: list[Agent] = []

    def __call__(
        self,
        user_id: str = "ana",
        answering: Answering | None = None,
        *,
        session_id: str | None = None,
        chat: FunctionChatModel | None = None,
    ) -> Agent:
        agent = Agent(
            user_id,
            session_id=session_id,
            settings=self.settings,
            chat=chat or FunctionChatModel(fn=answering or drafting(SHORT, LONG)),
            embedder=self.embedder,
        )
        self._open.append(agent)
        return agent

    def without_chat(self, user_id: str = "ana") -> Agent:
        """An agent whose settings name a local model that is not there."""
        missing = self.settings.model_copy(update={"cache": self.settings.home / "empty"})
        agent = Agent(user_id, settings=missing, embedder=self.embedder)
        self._open.append(agent)
        return agent

    def without_embedder(self, user_id: str = "ana", *, answering: Answering) -> Agent:
        """An agent whose settings name an embedder that is not there."""
        missing = self.settings.model_copy(update={"cache": self.settings.home / "empty"})
        agent = Agent(user_id, settings=missing, chat=FunctionChatModel(fn=answering))
        self._open.append(agent)
        return agent

    def close(self) -> None:
        for agent in self._open:
            agent.close()


@pytest.fixture
def agents(settings: Settings) -> Iterator[Agents]:
    made = Agents(settings)
    yield made
    made.close()
