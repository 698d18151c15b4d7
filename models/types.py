"""What the rest of Penchant expects of a chat model and of an embedder."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydantic import BaseModel

    T = TypeVar("T", bound=BaseModel)
else:
    T = TypeVar("T")

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation, as a chat model takes it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one call cost.

    Attributes:
        prompt_tokens: Tokens read, those served from a prefix cache included.
        cached_tokens: Of these, tokens served from a prefix cache.
        completion_tokens: Tokens written.
        seconds: Wall-clock time of the call.
        calls: Requests made (a repaired structured answer takes two).
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    calls: int = 1

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            seconds=self.seconds + other.seconds,
            calls=self.calls + other.calls,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One piece of a streamed answer; the last one carries the usage.

    Attributes:
        text: The next characters of the answer, possibly none.
        usage: The cost of the call, on the last chunk only.
        truncated: True on the last chunk if the answer was cut at `max_tokens`.
    """

    text: str = ""
    usage: Usage | None = None
    truncated: bool = False


class ChatModel(Protocol):
    """A language model that answers messages."""

    @property
    def name(self) -> str:
        """The model string that the user chose, for traces and reports."""
        ...

    @property
    def context_window(self) -> int:
        """Tokens that prompt and answer may take together."""
        ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.7,
        seed: int | None = None,
        schema: type[BaseModel] | None = None,
        background: bool = False,
    ) -> AsyncGenerator[Chunk]:
        """Streams an answer; with a schema, the characters of a JSON document.

        Closing the iterator (or cancelling the task that awaits it) ends the call. With
        `background`, nobody waits for the answer: other calls to the same model go first.

        Raises:
            ChatTimeoutError: The model did not answer in time.
            ChatProviderError: The provider refused or failed, after retries.
        """
        ...

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
        """Answers with an instance of a pydantic schema, repaired at most once.

        With `background`, nobody waits for the answer: other calls to the same model go first.

        Raises:
            StructuredOutputError: The repaired answer does not fit either.
            ChatTimeoutError: The model did not answer in time.
            ChatProviderError: The provider refused or failed, after retries.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """An estimate of the tokens of a text, never far below the truth."""
        ...

    async def aclose(self) -> None:
        """Frees what the model holds; safe to call twice."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors. Thread-safe."""

    @property
    def id(self) -> str:
        """Names the model and its version; indexes record it."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts.

        Args:
            texts: Any number of texts; longer than the model's window, they are cut.

        Returns:
            Array of shape `(len(texts), dimension)`, rows of length 1.

        Raises:
            EmbedderError: The model cannot be loaded or run.
        """
        ...
