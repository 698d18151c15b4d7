"""Judges texts by a person's readable profile, point by point or two at a time.

After "Evaluating Podcast Recommendations with Profile-Aware LLM-as-a-Judge", which distils a
profile of a listener and has a model judge single items and pairs by it. Here the profile is the
one that memory keeps; pairs are shown in both orders, and what the orders say differently is a tie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pydantic import BaseModel, Field

from ...errors import InputError, ModelError, StructuredOutputError
from ...models.prompts import fence, one_line, render, without_tag
from ...models.types import ChatModel, Message, Usage
from .types import Judgement, Points, Seen

if TYPE_CHECKING:
    T = TypeVar("T", bound=BaseModel)
else:
    T = TypeVar("T")

__all__ = ["PointsAnswer", "ProfileJudge", "VerdictAnswer", "ask", "fenced"]

_LIMITS = {"profile": 2400, "request": 1200, "answer": 2400, "first": 2400, "second": 2400}
_REASON = 160


class VerdictAnswer(BaseModel):
    """What the chat model answers to `pairwise.md`."""

    reason: str = Field(max_length=_REASON)
    verdict: Seen


class PointsAnswer(BaseModel):
    """What the chat model answers to `pointwise.md`."""

    reason: str = Field(max_length=_REASON)
    points: int = Field(ge=1, le=10)


class Asked(NamedTuple):
    """An answer, or why there is none; and what asking cost."""

    answer: BaseModel | None
    problem: str
    usage: Usage


class ProfileJudge:
    """Judges in one person's place. A call that fails gives no verdict and says why.

    Args:
        chat: The chat model; best not the one that wrote the texts.
        profile: What is known of the person, in words, as `str(memory.profile(user_id))` gives it.
        seed: Of the chat model's answers.

    Raises:
        InputError: The profile is blank.
    """

    def __init__(self, chat: ChatModel, profile: str, *, seed: int | None = None) -> None:
        if not profile.strip():
            raise InputError("the profile is blank; without one there is nothing to judge by")
        self._chat = chat
        self._profile = fenced(profile, "profile")
        self._seed = seed

    async def points(self, request: str, text: str) -> Points:
        """How much the person would like a text, from 1 to 10, in one call.

        Args:
            request: What it answers.
            text: The text.
        """
        prompt = render(
            __package__,
            "pointwise",
            profile=self._profile,
            request=fenced(request, "request"),
            answer=fenced(text, "answer"),
        )
        asked = await ask(self._chat, prompt, PointsAnswer, seed=self._seed)
        if isinstance(asked.answer, PointsAnswer):
            return Points(asked.answer.points, one_line(asked.answer.reason), asked.usage)
        return Points(None, asked.problem, asked.usage)

    async def compare(self, request: str, a: str, b: str) -> Judgement:
        """Which of two texts the person would like better, in two calls, one for each order.

        Args:
            request: What both answer.
            a: One text.
            b: The other.
        """
        forth = await self._seen(request, a, b)
        back = await self._seen(request, b, a)
        return Judgement.of(
            forth.answer.verdict if isinstance(forth.answer, VerdictAnswer) else None,
            back.answer.verdict if isinstance(back.answer, VerdictAnswer) else None,
            (_reason(forth), _reason(back)),
            forth.usage + back.usage,
        )

    async def _seen(self, request: str, first: str, second: str) -> Asked:
        prompt = render(
            __package__,
            "pairwise",
            profile=self._profile,
            request=fenced(request, "request"),
            first=fenced(first, "first"),
            second=fenced(second, "second"),
        )
        return await ask(self._chat, prompt, VerdictAnswer, seed=self._seed)


def fenced(text: str, tag: str) -> str:
    """Puts data between tags, without any tag of a judge's prompts in it.

    Args:
        text: Any text.
        tag: Which of the tags: profile, request, answer, first, second.
    """
    for other in _LIMITS:
        text = without_tag(text, other)
    return fence(text, tag, limit=_LIMITS[tag])


def _reason(asked: Asked) -> str:
    if isinstance(asked.answer, VerdictAnswer):
        return one_line(asked.answer.reason)
    return asked.problem


async def ask(
    chat: ChatModel,
    prompt: str,
    schema: type[T],
    *,
    seed: int | None = None,
    temperature: float = 0.0,
    max_tokens: int = 120,
) -> Asked:
    """Asks the chat model, and tells of a failure rather than raise it.

    Args:
        chat: The chat model.
        prompt: The prompt.
        schema: What the answer must fit.
        seed: Of the answer.
        temperature: Randomness.
        max_tokens: Of the answer.
    """
    try:
        answer, usage = await chat.structured(
            [Message(role="user", content=prompt)],
            schema,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
        )
    except ModelError as error:
        # What a failing call cost is not told; it was made once, or twice to repair the answer.
        calls = 2 if isinstance(error, StructuredOutputError) else 1
        return Asked(None, one_line(str(error)), Usage(calls=calls))
    return Asked(answer, "", usage)
