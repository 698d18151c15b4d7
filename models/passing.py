"""Chat models made of another: what passes every call on, for whoever changes some of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from .types import ChatModel, Chunk, Message, Usage

if TYPE_CHECKING:
    from pydantic import BaseModel

    T = TypeVar("T", bound=BaseModel)

__all__ = ["PassingChatModel", "RehearsedChatModel"]


class PassingChatModel:
    """A chat model that passes every call on to another, which stays its owner's to close.

    Args:
        inner: Answers.
    """

    def __init__(self, inner: ChatModel) -> None:
        self._inner = inner

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
        """See `ChatModel.stream`."""
        async with aclosing(
            self._inner.stream(
                messages,
                max_tokens=max_tokens,
                temperature=temperature,
                seed=seed,
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
        """Leaves the other model open."""


class RehearsedChatModel(PassingChatModel):
    """Gives the replies it is told to, at no cost, and passes all else on.

    Replies are those of a conversation that is replayed; what an agent asks a model behind the
    turns (what a message states) goes to the other one.

    Args:
        inner: Does what is no reply.

    Attributes:
        reply: What is replied; None passes replies on, too.
    """

    def __init__(self, inner: ChatModel) -> None:
        super().__init__(inner)
        self.reply: str | None = None

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
        """The reply that is set; without one, with a schema or in the background, passed on."""
        if self.reply is not None and schema is None and not background:
            yield Chunk(text=self.reply)
            yield Chunk(usage=Usage(calls=0))
            return
        async with aclosing(
            super().stream(
                messages,
                max_tokens=max_tokens,
                temperature=temperature,
                seed=seed,
                schema=schema,
                background=background,
            )
        ) as chunks:
            async for chunk in chunks:
                yield chunk
