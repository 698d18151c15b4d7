"""Chat models that need no network and no weights, for tests and examples."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from ..errors import InputError
from .likelihood import Likelihood
from .structured import ask_structured, collect
from .tokens import estimate_prompt_tokens, estimate_tokens
from .types import Chunk, Message, Usage

if TYPE_CHECKING:
    from pydantic import BaseModel

    T = TypeVar("T", bound=BaseModel)

    Answer: TypeAlias = str | BaseModel
    Reply: TypeAlias = str | BaseModel | Exception

__all__ = ["FunctionChatModel", "FunctionLikelihoodModel", "RecordedCall", "ScriptedChatModel"]

_CHUNK = 8
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One call that a fake received; a repair is a call of its own.

    Attributes:
        messages: The prompt.
        schema: What the answer had to fit, if anything.
        max_tokens: Upper bound on the answer's tokens.
        temperature: Randomness asked for.
        seed: Seed asked for.
        background: Whether nobody waited for the answer.
    """

    messages: tuple[Message, ...]
    schema: type[BaseModel] | None
    max_tokens: int
    temperature: float
    seed: int | None
    background: bool


@dataclass(slots=True, kw_only=True)
class FunctionChatModel:
    """A chat model whose answers a function computes.

    Answers come in chunks of eight characters, structured ones pass the same validation and repair
    as those of real models, and usage is computed from the texts, so that runs are reproducible.

    Attributes:
        fn: Takes the messages and the schema (None for plain text), returns a text or an instance
            of the schema, or raises.
        name: What the model is called.
        context_window: Tokens that prompt and answer may take together.
        calls: Every call received, oldest first.
        closed: Whether `aclose` was called.
    """

    fn: Callable[[Sequence[Message], type[BaseModel] | None], Answer]
    name: str = "fake/function"
    context_window: int = 8192
    calls: list[RecordedCall] = field(default_factory=list)
    closed: bool = False

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
        """Streams what the function returns, cut at `max_tokens`; see `ChatModel.stream`."""
        self.calls.append(
            RecordedCall(
                messages=tuple(messages),
                schema=schema,
                max_tokens=max_tokens,
                temperature=temperature,
                seed=seed,
                background=background,
            )
        )
        answer = self.fn(messages, schema)
        whole = answer if isinstance(answer, str) else answer.model_dump_json()
        text = whole[: max_tokens * 3]
        while estimate_tokens(text) > max_tokens:
            text = text[:-1]
        for start in range(0, len(text), _CHUNK):
            yield Chunk(text=text[start : start + _CHUNK])
        usage = Usage(
            prompt_tokens=estimate_prompt_tokens(messages),
            completion_tokens=estimate_tokens(text),
        )
        yield Chunk(usage=usage, truncated=text != whole)

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
        """Validates what the function returns; see `ChatModel.structured`."""
        return await ask_structured(
            lambda prompt: collect(
                self.stream(
                    prompt,
                    max_tokens=max_tokens,
                    temperature=temperature,
                    seed=seed,
                    schema=schema,
                    background=background,
                )
            ),
            messages,
            schema,
            model=self.name,
        )

    def count_tokens(self, text: str) -> int:
        """Estimates the tokens of a text, on the high side."""
        return estimate_tokens(text)

    async def aclose(self) -> None:
        """Remembers that it was called."""
        self.closed = True


class ScriptedChatModel(FunctionChatModel):
    """A chat model that gives prepared answers, one for each call.

    Args:
        replies: Texts, instances of schemas, or exceptions to raise, in the order of the calls. A
            structured call whose answer does not fit takes the next reply for its repair.
        name: What the model is called.
        context_window: Tokens that prompt and answer may take together.
    """

    def __init__(
        self,
        replies: Sequence[Reply],
        *,
        name: str = "fake/scripted",
        context_window: int = 8192,
    ) -> None:
        super().__init__(fn=self._next, name=name, context_window=context_window)
        self._replies = tuple(replies)

    @property
    def remaining(self) -> int:
        """How many replies were not asked for yet."""
        return max(0, len(self._replies) - len(self.calls))

    def _next(self, messages: Sequence[Message], schema: type[BaseModel] | None) -> Answer:
        number = len(self.calls)
        if number > len(self._replies):
            kind = "text" if schema is None else schema.__name__
            asked = messages[-1].content[:_SHOWN] if messages else ""
            raise InputError(
                f"the script has {len(self._replies)} replies, and call {number} asks for another"
                f" ({kind!r}), with {asked!r}; add a reply or find out why it was called"
            )
        reply = self._replies[number - 1]
        if isinstance(reply, Exception):
            raise reply
        return reply


@dataclass(slots=True, kw_only=True)
class FunctionLikelihoodModel(FunctionChatModel):
    """A chat model that also tells likelihoods, which a function computes.

    Attributes:
        likelihood: Takes the messages and a continuation, returns its log-probability in nats, at
            most 0, or raises.
        asked: The continuations asked about, oldest first.
    """

    likelihood: Callable[[Sequence[Message], str], float]
    asked: list[str] = field(default_factory=list)

    async def log_likelihood(
        self, messages: Sequence[Message], continuation: str, *, background: bool = False
    ) -> Likelihood:
        """Tells what the function returns; see `LikelihoodModel.log_likelihood`."""
        if not messages or not continuation:
            raise InputError(
                f"a likelihood of {continuation!r} after {len(messages)} messages was asked for;"
                " give at least one message and a continuation"
            )
        self.asked.append(continuation)
        told = self.likelihood(messages, continuation)
        if told > 0.0:
            raise InputError(f"the function returned {told!r}; a log-probability is at most 0")
        tokens = estimate_tokens(continuation)
        usage = Usage(prompt_tokens=estimate_prompt_tokens(messages), completion_tokens=tokens)
        return Likelihood(told, tokens, usage)
