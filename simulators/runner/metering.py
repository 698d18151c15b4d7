"""Chat models as episodes see them: every call counted, cached, and held to a budget."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from ...errors import InputError, ModelError
from ...models.likelihood import Likelihood, likelihood_model
from ...models.passing import PassingChatModel
from ...models.structured import ask_structured, collect
from ...models.types import ChatModel, Chunk, Message, Usage
from .cache import Answer, ResponseCache, request_key
from .episodes import Costs

if TYPE_CHECKING:
    from pydantic import BaseModel

    T = TypeVar("T", bound=BaseModel)

__all__ = ["Budget", "BudgetExceededError", "Meter", "MeteredChat", "MeteredLikelihoods", "Price"]

Price = Callable[[str, Usage], float]
"""Dollars for a call: takes the model's name and the usage."""


class BudgetExceededError(ModelError):
    """A run has used up its budget; what was held so far is kept, and the run can be resumed."""


@dataclass(slots=True, kw_only=True)
class Budget:
    """What a run may spend, shared by all its episodes on a worker.

    Attributes:
        usd: Dollars, where prices are known; None is without limit.
        tokens: Tokens read and written by chat models.
        seconds: Wall-clock time of the whole run.
        clock: Tells the time in seconds.
    """

    usd: float | None = None
    tokens: int | None = None
    seconds: float | None = None
    clock: Callable[[], float] = time.monotonic
    spent_usd: float = 0.0
    spent_tokens: int = 0
    _began: float = field(init=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for name in ("usd", "tokens", "seconds"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"a budget of {value!r} {name} allows nothing; give more than 0")
        self._began = self.clock()

    def check(self) -> None:
        """Raises if something is used up.

        Raises:
            BudgetExceededError: Of which, and how much was spent.
        """
        for name, limit, spent in (
            ("usd", self.usd, self.spent_usd),
            ("tokens", self.tokens, float(self.spent_tokens)),
            ("seconds", self.seconds, self.clock() - self._began),
        ):
            if limit is not None and spent >= limit:
                raise BudgetExceededError(
                    f"the budget of {limit:g} {name} is used up ({spent:.4g}); run again with a "
                    "larger one to go on from here"
                )

    def resume(self, *, usd: float, tokens: int, seconds: float) -> None:
        """Takes over what the whole run has spent, other workers and earlier starts included."""
        with self._lock:
            self.spent_usd, self.spent_tokens = usd, tokens
            self._began = self.clock() - seconds

    def spend(self, *, usd: float, tokens: int) -> None:
        """Notes what was spent."""
        with self._lock:
            self.spent_usd += usd
            self.spent_tokens += tokens


@dataclass(slots=True)
class Meter:
    """Counts the calls of one episode; thread-safe.

    Attributes:
        usage: Of all calls, those that the cache answered included.
        cached: Calls that the cache answered.
        usd: Dollars spent.
        spent: Tokens of calls that the cache did not answer.
    """

    usage: Usage = field(default_factory=lambda: Usage(calls=0))
    cached: int = 0
    usd: float = 0.0
    spent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, usage: Usage, *, usd: float = 0.0, cached: bool = False) -> None:
        """Counts a call."""
        with self._lock:
            self.usage = self.usage + usage
            self.cached += cached
            self.usd += usd
            self.spent += 0 if cached else usage.prompt_tokens + usage.completion_tokens

    def onto(self, costs: Costs) -> Costs:
        """The costs with what was counted here added."""
        return replace(
            costs,
            llm_calls=costs.llm_calls + self.usage.calls,
            cached_calls=costs.cached_calls + self.cached,
            prompt_tokens=costs.prompt_tokens + self.usage.prompt_tokens,
            completion_tokens=costs.completion_tokens + self.usage.completion_tokens,
            usd=costs.usd + self.usd,
        )


class MeteredChat(PassingChatModel):
    """A chat model whose calls are counted, cached and held to a budget.

    An answer from the cache comes in one piece. Prefix caches and several slots of a local server
    can change its answers, so that equal requests are only sure to be equal through the cache.

    Args:
        inner: Answers what the cache does not hold.
        identity: The model's name with what tells its version, for the cache.
        meter: Counts for one episode.
        budget: Shared by the run.
        cache: None asks every time.
        price: What a call costs; None is free.
    """

    def __init__(
        self,
        inner: ChatModel,
        *,
        identity: str,
        meter: Meter,
        budget: Budget,
        cache: ResponseCache | None = None,
        price: Price | None = None,
    ) -> None:
        super().__init__(inner)
        self._identity = identity
        self._meter = meter
        self._budget = budget
        self._cache = cache
        self._price = price

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
        """See `ChatModel.stream`.

        Raises:
            BudgetExceededError: Nothing is left to spend.
        """
        key = request_key(
            self._identity,
            messages,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            schema=schema,
        )
        known = None if self._cache is None else self._cache.get(key)
        if known is not None:
            self._meter.add(known.usage, cached=True)
            yield Chunk(text=known.text)
            yield Chunk(usage=known.usage, truncated=known.truncated)
            return
        self._budget.check()
        parts: list[str] = []
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
                parts.append(chunk.text)
                if chunk.usage is not None:
                    self._spend(chunk.usage)
                    if self._cache is not None:
                        self._cache.put(key, Answer("".join(parts), chunk.usage, chunk.truncated))
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
        """See `ChatModel.structured`; a repair is a call of its own.

        Raises:
            BudgetExceededError: Nothing is left to spend.
        """
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

    def _spend(self, usage: Usage) -> None:
        usd = 0.0 if self._price is None else self._price(self.name, usage)
        self._budget.spend(usd=usd, tokens=usage.prompt_tokens + usage.completion_tokens)
        self._meter.add(usage, usd=usd)


class MeteredLikelihoods(MeteredChat):
    """A metered chat model that tells likelihoods, too.

    Args:
        inner: Tells them, and answers.
        identity: See `MeteredChat`.
        meter: See `MeteredChat`.
        budget: See `MeteredChat`.
        cache: See `MeteredChat`.
        price: See `MeteredChat`.
    """

    async def log_likelihood(
        self, messages: Sequence[Message], continuation: str, *, background: bool = False
    ) -> Likelihood:
        """See `LikelihoodModel.log_likelihood`.

        Raises:
            BudgetExceededError: Nothing is left to spend.
        """
        model = likelihood_model(self._inner)
        assert model is not None, "made for models that tell likelihoods only"
        key = request_key(
            f"{self._identity}; likelihood of {continuation!r}",
            messages,
            max_tokens=1,
            temperature=0.0,
            seed=None,
            schema=None,
        )
        known = None if self._cache is None else self._cache.get(key)
        if known is not None:
            self._meter.add(known.usage, cached=True)
            told = json.loads(known.text)
            return Likelihood(told["log_probability"], told["tokens"], known.usage)
        self._budget.check()
        found = await model.log_likelihood(messages, continuation, background=background)
        self._spend(found.usage)
        if self._cache is not None:
            text = json.dumps({"log_probability": found.log_probability, "tokens": found.tokens})
            self._cache.put(key, Answer(text, found.usage, False))
        return found
