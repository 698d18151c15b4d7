"""A chat model that writes the same for the same prompt, so that arms differ in prompts only."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ...models.passing import PassingChatModel
from ...models.types import ChatModel, Chunk, Message, Usage
from ..runner import Models, Tools

if TYPE_CHECKING:
    from pydantic import BaseModel

    T = TypeVar("T", bound=BaseModel)

__all__ = ["SteadyChat", "steadied"]


class SteadyChat(PassingChatModel):
    """A chat model at temperature 0 and a fixed seed, whatever a caller asks for.

    Args:
        inner: Answers.
        seed: Of sampling, where temperature 0 leaves something to it.
    """

    def __init__(self, inner: ChatModel, *, seed: int) -> None:
        super().__init__(inner)
        self._seed = seed

    @property
    def name(self) -> str:
        """See `ChatModel.name`; says what is fixed, since caches go by it."""
        return f"{self._inner.name} (temperature 0, seed {self._seed})"

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
        """See `ChatModel.stream`; temperature and seed are not heeded."""
        async with aclosing(
            super().stream(
                messages,
                max_tokens=max_tokens,
                temperature=0.0,
                seed=self._seed,
                schema=schema,
                background=background,
            )
        ) as chunks:
            async for chunk in chunks:
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
        """See `ChatModel.structured`; temperature and seed are not heeded."""
        return await super().structured(
            messages,
            schema,
            max_tokens=max_tokens,
            temperature=0.0,
            seed=self._seed,
            background=background,
        )


def steadied(tools: Tools, *, seed: int) -> Tools:
    """The same tools, with an agent's model that is steady."""
    if tools.models is None:
        return tools
    agent = tools.models.agent
    steady = SteadyChat(agent, seed=seed)
    known = tools.identities.get(agent.name, agent.name)
    return replace(
        tools,
        models=Models(
            agent=steady,
            simulator=tools.models.simulator or agent,
            judge=tools.models.judge or agent,
        ),
        identities={**tools.identities, steady.name: f"{known} (temperature 0, seed {seed})"},
    )
