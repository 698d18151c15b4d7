"""Has a chat model pick one of four options, by letter."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel

from ...errors import StructuredOutputError
from ...models.likelihood import LikelihoodModel, likelihood_model
from ...models.types import Message, Usage
from ..runner.cache import Answer, request_key
from ..runner.tools import Tools

__all__ = ["LETTERS", "Choice", "Reader", "choose", "reader_of"]

LETTERS = ("A", "B", "C", "D")
Reader = Literal["likelihood", "schema"]

# How the answer in JSON begins.
_BEGUN = '{"letter":"'


class Choice(NamedTuple):
    """What a model chose.

    Attributes:
        place: The option's place from 0; None if no answer could be read.
        log_probabilities: Of each letter, in nats; empty where the model cannot tell.
        prompt_tokens: Tokens of the prompt, read once, as the model or an estimate counts them.
    """

    place: int | None
    log_probabilities: tuple[float, ...]
    prompt_tokens: int


class Letter(BaseModel):
    """What a model that tells no likelihoods answers."""

    letter: Literal["A", "B", "C", "D"]


def reader_of(tools: Tools) -> Reader:
    """How the agent's model is read: by the likelihoods of the letters, if it can tell them."""
    return "schema" if _likelihoods(tools) is None else "likelihood"


async def choose(messages: Sequence[Message], tools: Tools) -> Choice:
    """Asks for the letter of an option.

    The likeliest letter is taken where the model tells likelihoods, as the next token of the
    answer that the schema would have it write: no answer can fail to be read, how sure it was is
    known, and the four calls share one prompt in the prefix cache. Elsewhere a schema allows the
    four letters, and an answer that does not fit after its repair is none.

    Args:
        messages: The prompt, which names the options A to D.
        tools: The episode's.

    Raises:
        ModelError: The model cannot be loaded or run.
        BudgetExceededError: Nothing is left to spend.
    """
    model = _likelihoods(tools)
    if model is not None:
        return await _likeliest(model, messages, tools)
    chat = tools.chat
    tokens = sum(chat.count_tokens(each.content) for each in messages)
    try:
        answer, usage = await chat.structured(messages, Letter, max_tokens=32, temperature=0.0)
    except StructuredOutputError:
        return Choice(None, (), tokens)
    return Choice(LETTERS.index(answer.letter), (), usage.prompt_tokens)


async def _likeliest(model: LikelihoodModel, messages: Sequence[Message], tools: Tools) -> Choice:
    name = tools.chat.name
    key = request_key(
        f"{tools.identities.get(name, name)}; likelihoods after {_BEGUN}",
        messages,
        max_tokens=1,
        temperature=0.0,
        seed=None,
        schema=None,
    )
    known = None if tools.cache is None else tools.cache.get(key)
    if known is not None:
        told: Mapping[str, float] = json.loads(known.text)
        tools.meter.add(known.usage, cached=True)
        return _best([told[each] for each in LETTERS], known.usage.prompt_tokens)
    tools.budget.check()
    unfinished = [*messages, Message(role="assistant", content=_BEGUN)]
    found, usage = [], Usage(calls=0)
    for letter in LETTERS:
        likelihood = await model.log_likelihood(unfinished, letter)
        found.append(likelihood.log_probability)
        spent = likelihood.usage
        # One prompt is read, whatever is asked about it.
        prompt = spent.prompt_tokens if not usage.calls else usage.prompt_tokens
        usage = Usage(
            prompt_tokens=prompt,
            cached_tokens=usage.cached_tokens if usage.calls else spent.cached_tokens,
            completion_tokens=usage.completion_tokens + spent.completion_tokens,
            seconds=usage.seconds + spent.seconds,
            calls=usage.calls + spent.calls,
        )
    tools.budget.spend(usd=0.0, tokens=usage.prompt_tokens + usage.completion_tokens)
    tools.meter.add(usage)
    if tools.cache is not None:
        text = json.dumps(dict(zip(LETTERS, found, strict=True)))
        tools.cache.put(key, Answer(text, usage, False))
    return _best(found, usage.prompt_tokens)


def _best(log_probabilities: Sequence[float], tokens: int) -> Choice:
    place = max(range(len(LETTERS)), key=log_probabilities.__getitem__)
    return Choice(place, tuple(log_probabilities), tokens)


def _likelihoods(tools: Tools) -> LikelihoodModel | None:
    return None if tools.models is None else likelihood_model(tools.models.agent)
