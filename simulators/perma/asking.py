"""Puts multiple choices and open requests to whoever remembers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel

from ...errors import StructuredOutputError
from ...models.likelihood import LikelihoodModel, likelihood_model
from ...models.prompts import one_line, render
from ...models.structured import collect
from ...models.types import Message
from ...policies.propose import system_prompt
from ..tasks.timelines.truth import Quiz

if TYPE_CHECKING:
    from ..runner.tools import Tools

__all__ = ["ORDERS", "Chosen", "ask_open", "ask_quiz", "quiz_prompt"]

_LETTERS = ("A", "B", "C", "D")
_ROUND = (0, 1, 2, 3)
ORDERS: Mapping[int, Sequence[Sequence[int]]] = {
    1: (_ROUND,),
    2: (_ROUND, _ROUND[::-1]),
    4: tuple(_ROUND[turn:] + _ROUND[:turn] for turn in _ROUND),
}
"""In which orders options are put, by how many there are."""


class _Letter(BaseModel):
    choice: Literal["A", "B", "C", "D"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What came of a multiple choice.

    Attributes:
        picked: The place of the option; None if no answer could be read.
        shares: How much of the answer each option has, in [0, 1].
        tokens: Of the prompt.
    """

    picked: int | None
    shares: tuple[float, ...]
    tokens: int


def quiz_prompt(quiz: Quiz, block: str, order: Sequence[int]) -> list[Message]:
    """The prompt of a multiple choice.

    Args:
        quiz: What is asked.
        block: What is known of the user, fenced; may be empty.
        order: The places of its options, in the order in which they are put.
    """
    options = [quiz.options[place] for place in order]
    listed = "\n".join(
        f"{letter}. {one_line(text, limit=300)}"
        for letter, text in zip(_LETTERS, options, strict=True)
    )
    text = render(
        __package__,
        "choose",
        known=f"{block}\n\n" if block else "",
        question=quiz.probe.question,
        options=listed,
    )
    return [
        Message(role="system", content=render(__package__, "system")),
        Message(role="user", content=text),
    ]


async def ask_quiz(tools: Tools, quiz: Quiz, block: str, *, orders: int = 2) -> Chosen:
    """Asks a multiple choice in several orders, so that a liking for a letter cancels out.

    Where the model tells likelihoods, the probability of each letter is averaged over the orders;
    elsewhere each order has one vote.

    Args:
        tools: Of the episode.
        quiz: What is asked.
        block: What is known of the user, fenced; may be empty.
        orders: In how many orders: 1, 2 (and back again) or 4 (each option at each letter once).

    Raises:
        ModelError: A call failed.
    """
    told = _teller(tools)
    shares = [0.0] * 4
    heard = 0
    tokens = 0
    for order in ORDERS[orders]:
        prompt = quiz_prompt(quiz, block, order)
        tokens = tools.chat.count_tokens("\n".join(each.content for each in prompt))
        if told is not None:
            found = await _likely(tools, told, prompt)
        else:
            voted = await _voted(tools, prompt)
            if voted is None:
                continue
            found = voted
        heard += 1
        for place, share in zip(order, found, strict=True):
            shares[place] += share
    if not heard:
        return Chosen(picked=None, shares=(0.0,) * 4, tokens=tokens)
    picked = max(range(4), key=lambda place: shares[place])
    return Chosen(picked=picked, shares=tuple(each / heard for each in shares), tokens=tokens)


class _Teller(NamedTuple):
    """A model that tells likelihoods, and whether its calls are counted already."""

    model: LikelihoodModel
    metered: bool


def _teller(tools: Tools) -> _Teller | None:
    metered = likelihood_model(tools.chat)
    if metered is not None:
        return _Teller(metered, metered=True)
    bare = None if tools.models is None else likelihood_model(tools.models.agent)
    return None if bare is None else _Teller(bare, metered=False)


async def _likely(tools: Tools, teller: _Teller, prompt: Sequence[Message]) -> tuple[float, ...]:
    unfinished = [*prompt, Message(role="assistant", content="")]
    logs = []
    for letter in _LETTERS:
        if not teller.metered:
            tools.budget.check()
        told = await teller.model.log_likelihood(unfinished, letter)
        if not teller.metered:
            usage = told.usage
            tools.budget.spend(usd=0.0, tokens=usage.prompt_tokens + usage.completion_tokens)
            tools.meter.add(usage)
        logs.append(told.log_probability)
    top = max(logs)
    odds = [math.exp(each - top) for each in logs]
    return tuple(each / sum(odds) for each in odds)


async def _voted(tools: Tools, prompt: Sequence[Message]) -> tuple[float, ...] | None:
    try:
        answer, _ = await tools.chat.structured(prompt, _Letter, max_tokens=16)
    except StructuredOutputError:
        return None
    return tuple(float(letter == answer.choice) for letter in _LETTERS)


async def ask_open(
    tools: Tools,
    request: str,
    block: str,
    *,
    so_far: Sequence[Message] = (),
    max_tokens: int = 160,
) -> list[Message]:
    """Has a reply written, with the product's system prompt.

    Args:
        tools: Of the episode.
        request: What is asked, or what was wrong with the last reply.
        block: What is known of the user, fenced; may be empty; goes with the first message.
        so_far: The conversation, as this returned it.
        max_tokens: At most so many.

    Returns:
        The conversation with the reply as its last message.

    Raises:
        ModelError: The call failed.
    """
    known = f"{block}\n\n" if block and not so_far else ""
    prompt = [
        *(so_far or [Message(role="system", content=system_prompt())]),
        Message(role="user", content=f"{known}{request}"),
    ]
    answer = await collect(
        tools.chat.stream(prompt, max_tokens=max_tokens, temperature=0.0, seed=tools.seed)
    )
    return [*prompt, Message(role="assistant", content=answer.text)]
