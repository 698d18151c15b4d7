"""Puts multiple choices and open requests to whoever remembers.

A small model likes some letters better than others whatever stands behind them, and tells options
by their letters badly. Where likelihoods can be told, it is therefore asked how likely each option
is as its own reply to this user, against how likely it is as a reply to nobody in particular
(domain-conditional pointwise mutual information, "Surface Form Competition: Why the Highest
Probability Answer Isn't Always Right", arXiv 2104.08315): no letters, no order, and no liking for
short or common options. Elsewhere, or on demand, it picks a letter, in several orders; so it does
where an option has symbols such as emoji, whose bytes are several tokens each, which llama.cpp
cannot be made to tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

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

__all__ = ["ORDERS", "Chosen", "ReadBy", "ask_open", "ask_quiz", "quiz_prompt", "reply_prompt"]

_LETTERS = ("A", "B", "C", "D")
# From here on: signs, pictures, emoji.
_SYMBOLS = 0x2600
_ROUND = (0, 1, 2, 3)
ORDERS: Mapping[int, Sequence[Sequence[int]]] = {
    1: (_ROUND,),
    2: (_ROUND, _ROUND[::-1]),
    4: tuple(_ROUND[turn:] + _ROUND[:turn] for turn in _ROUND),
}
"""In which orders options are put, by how many there are."""

ReadBy: TypeAlias = Literal["text", "letter"]
"""Whether options are told by how likely their own text is, or by letters."""


class _Letter(BaseModel):
    choice: Literal["A", "B", "C", "D"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What came of a multiple choice.

    Attributes:
        picked: The place of the option; None if no answer could be read.
        shares: How much of the answer each option has, in [0, 1].
        tokens: Of the prompt.
        read_by: What told it: the options' own text, or letters.
    """

    picked: int | None
    shares: tuple[float, ...]
    tokens: int
    read_by: ReadBy


def quiz_prompt(quiz: Quiz, block: str, order: Sequence[int]) -> list[Message]:
    """The prompt of a multiple choice by letters.

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
    asks = render(__package__, "choose", question=quiz.probe.question, options=listed)
    return _prompt(asks, block)


def reply_prompt(question: str | None, block: str) -> list[Message]:
    """The prompt that an option would be the reply to.

    Args:
        question: What is asked; None for the premise that options are weighed against.
        block: What is known of the user, fenced; may be empty.
    """
    asks = render(
        __package__, "reply", question=f"The user asks: {question}\n\n" if question else ""
    )
    return _prompt(asks, block)


def _prompt(asks: str, block: str) -> list[Message]:
    return [
        Message(role="system", content=render(__package__, "system")),
        Message(role="user", content=f"{block}\n\n{asks}" if block else asks),
    ]


async def ask_quiz(
    tools: Tools, quiz: Quiz, block: str, *, orders: int = 2, read_by: ReadBy = "text"
) -> Chosen:
    """Asks a multiple choice.

    Args:
        tools: Of the episode.
        quiz: What is asked.
        block: What is known of the user, fenced; may be empty.
        orders: In how many orders letters are put: 1, 2 (and back again) or 4 (each option at each
            letter once). The probability of each letter is averaged over them where the model
            tells likelihoods; elsewhere each order has one vote.
        read_by: "text" for how likely the options are themselves, where the model tells that.

    Raises:
        ModelError: A call failed.
    """
    told = likelihood_model(tools.chat)
    if told is not None and read_by == "text" and all(map(_can_be_told, quiz.options)):
        return await _by_text(tools, told, quiz, block)
    shares = [0.0] * 4
    heard = 0
    tokens = 0
    for order in ORDERS[orders]:
        prompt = quiz_prompt(quiz, block, order)
        tokens = _count(tools, prompt)
        found = await (_voted(tools, prompt) if told is None else _likely(told, prompt))
        if found is None:
            continue
        heard += 1
        for place, share in zip(order, found, strict=True):
            shares[place] += share
    if not heard:
        return Chosen(picked=None, shares=(0.0,) * 4, tokens=tokens, read_by="letter")
    return Chosen(
        picked=_best(shares),
        shares=tuple(each / heard for each in shares),
        tokens=tokens,
        read_by="letter",
    )


def _can_be_told(option: str) -> bool:
    return all(ord(each) < _SYMBOLS for each in option)


async def _by_text(tools: Tools, model: LikelihoodModel, quiz: Quiz, block: str) -> Chosen:
    prompt = reply_prompt(quiz.probe.question, block)
    premise = reply_prompt(None, "")
    gains = []
    # Of each option by itself, so that neither prompt is read anew for every one.
    replies = [(await _log(model, prompt, each)) for each in quiz.options]
    for reply, option in zip(replies, quiz.options, strict=True):
        gains.append(reply - await _log(model, premise, option))
    return Chosen(
        picked=_best(gains), shares=_softmax(gains), tokens=_count(tools, prompt), read_by="text"
    )


async def _likely(model: LikelihoodModel, prompt: Sequence[Message]) -> tuple[float, ...] | None:
    return _softmax([await _log(model, prompt, letter) for letter in _LETTERS])


async def _log(model: LikelihoodModel, prompt: Sequence[Message], answer: str) -> float:
    unfinished = [*prompt, Message(role="assistant", content="")]
    return (await model.log_likelihood(unfinished, answer)).log_probability


def _softmax(logs: Sequence[float]) -> tuple[float, ...]:
    top = max(logs)
    odds = [math.exp(each - top) for each in logs]
    return tuple(each / sum(odds) for each in odds)


def _best(values: Sequence[float]) -> int:
    return max(range(len(values)), key=values.__getitem__)


def _count(tools: Tools, prompt: Sequence[Message]) -> int:
    return tools.chat.count_tokens("\n".join(each.content for each in prompt))


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
