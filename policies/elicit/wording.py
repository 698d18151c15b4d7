"""Words a clarifying question: as it is written, as a chat model words it, or by a template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, assert_never
from uuid import uuid4

from pydantic import BaseModel, Field

from ...models.prompts import fence, one_line, render
from ...models.types import ChatModel, Message, Usage
from ..types import Aspect, Question, QuestionForm

__all__ = ["Worded", "question_for", "word"]

_MOST_OPTIONS = 4
_MOST_WORDS = 24
_MOST_WHY = 16
_WHY = "good answers differ most on this"


class WordedQuestion(BaseModel):
    """What the chat model answers to `word.md`."""

    question: str = Field(max_length=160)
    why: str = Field(max_length=120)


class Worded(NamedTuple):
    """An aspect with the wording that passed the checks, if any did, and what asking cost."""

    aspect: Aspect
    usage: Usage


def question_for(
    aspect: Aspect, request: str, *, form: QuestionForm = "value", probe: str = ""
) -> Question:
    """The question about an aspect: the written one if it passes the checks, else a template.

    A question asks one thing, is a question, names its aspect and offers two to four options
    without repetition; "something else" and "skip" go without saying.

    Args:
        aspect: What to ask about; its values become the options.
        request: The request that the question is about.
        form: What to ask for.
        probe: For an edge case, the value that the user may do without.

    Returns:
        The question, with an id of its own.
    """
    options = _distinct(aspect.values)
    why = (aspect.why or "").strip().rstrip(".")
    match form:
        case "value" | "choice":
            text = (aspect.question or "").strip()
            if not _passes(text, aspect):
                text = f"Which {aspect.name} would you like?"
        case "open" | "context":
            # These ask about the request as a whole, and name no aspect.
            text = (aspect.question or "").strip()
        case "edge":
            text = f"Would you still want it if the {aspect.name} were not {probe}?"
            options = ("no, it must be", "yes, still fine")
            why = "I only guess that it matters"
        case _:
            assert_never(form)
    return Question(
        id=uuid4().hex,
        text=text,
        why=why or _WHY,
        aspect=aspect.key,
        options=options[:_MOST_OPTIONS],
        form=form,
    )


async def word(chat: ChatModel, aspect: Aspect, request: str) -> Worded:
    """Has a chat model word the question about an aspect; what fails the checks is left out.

    Args:
        chat: The chat model.
        aspect: What to ask about.
        request: The request, as data.

    Raises:
        ModelError: The call failed.
    """
    prompt = render(
        __package__,
        "word",
        request=fence(request, "request", limit=400),
        aspect=one_line(aspect.name, limit=60),
        values=one_line(", ".join(aspect.values), limit=200),
    )
    answer, usage = await chat.structured(
        [Message(role="user", content=prompt)], WordedQuestion, max_tokens=80
    )
    text = " ".join(answer.question.split())
    why = " ".join(answer.why.split()).strip().rstrip(".")
    sound = "?" not in why and len(why.split()) <= _MOST_WHY
    why = why[:1].lower() + why[1:] if sound else ""
    question = text if _passes(text, aspect) else None
    return Worded(replace(aspect, question=question, why=aspect.why or why or None), usage)


def _distinct(values: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for value in values:
        seen.setdefault(" ".join(value.casefold().split()), " ".join(value.split()))
    return tuple(seen.values())


def _passes(text: str, aspect: Aspect) -> bool:
    """Whether a written question asks one thing, and the right one."""
    if text.count("?") != 1 or not text.endswith("?") or len(text.split()) > _MOST_WORDS:
        return False
    named = set(
        re.findall(r"[\w-]{3,}", f"{aspect.name} {aspect.key}".casefold().replace("_", " "))
    )
    said = {w.removesuffix("s") for w in re.findall(r"[\w-]{3,}", text.casefold())}
    return not named or any(w.removesuffix("s") in said for w in named)
