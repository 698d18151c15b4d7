"""From a profile to a rubric, and from a rubric to a score that explains itself.

After P-GenRM ("P-GenRM: Personalized Generative Reward Model with Test-time User-based Scaling"):
analyse the person, write a rubric with weights, score by it from 1 to 10, and average several such
scores. What differs: no model is trained; the rubric is a structured answer of its own, so that one
serves any number of texts, and its weighted mean is reckoned here and not by the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field, create_model

from ...errors import InputError
from ...models.prompts import one_line, render
from ...models.types import ChatModel, Usage
from .judge import ask, fenced

__all__ = ["Criterion", "Rubric", "RubricAnswer", "Scored", "score_by_rubric", "write_rubric"]

_LEAST, _MOST = 3, 5


class _NamedCriterion(BaseModel):
    name: str = Field(min_length=2, max_length=60)
    weight: int = Field(ge=1, le=10)


class RubricAnswer(BaseModel):
    """What the chat model answers to `rubric.md`."""

    analysis: str = Field(max_length=240)
    criteria: list[_NamedCriterion] = Field(min_length=_LEAST, max_length=_MOST)


class Criterion(NamedTuple):
    """A quality that a text can have, and how much it counts, in (0, 1]."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """By what a person judges.

    Attributes:
        criteria: Names of qualities, with weights of sum 1, the heaviest first.
        analysis: What matters to the person, in the model's words.
    """

    criteria: tuple[Criterion, ...]
    analysis: str = ""

    def __post_init__(self) -> None:
        total = sum(each.weight for each in self.criteria)
        if not self.criteria or not abs(total - 1.0) < 1e-6:
            raise InputError(
                f"the weights of {len(self.criteria)} criteria sum to {total!r}, not 1"
            )

    @classmethod
    def of(cls, weights: Sequence[Criterion], analysis: str = "") -> Rubric:
        """A rubric of criteria with weights of any scale; of the same name, the first counts.

        Raises:
            InputError: There are none, or a weight is not above 0.
        """
        kept: dict[str, Criterion] = {}
        for each in weights:
            kept.setdefault(each.name.strip().casefold(), each)
        if not kept or any(not each.weight > 0.0 for each in kept.values()):
            raise InputError(f"{list(weights)!r} is no rubric; weights must be above 0")
        total = sum(each.weight for each in kept.values())
        scaled = [Criterion(each.name.strip(), each.weight / total) for each in kept.values()]
        return cls(criteria=tuple(sorted(scaled, key=lambda each: -each.weight)), analysis=analysis)


class Written(NamedTuple):
    """A rubric, or why there is none; and what it cost."""

    rubric: Rubric | None
    problem: str
    usage: Usage


class Scored(NamedTuple):
    """A text's score by a rubric.

    Attributes:
        score: The weighted mean of the points, from 1 to 10; None if the judge failed every time.
        points: The mean points for each criterion, in the order of the rubric.
        failed: How many of the tries failed.
        problem: Why the last of these failed.
        usage: What all tries cost.
    """

    score: float | None
    points: tuple[float, ...]
    failed: int
    problem: str
    usage: Usage


async def write_rubric(
    chat: ChatModel, profile: str, request: str, *, seed: int | None = None
) -> Written:
    """Has the chat model write down by what a person judges answers to a request, in one call.

    Args:
        chat: The chat model.
        profile: What is known of the person, in words.
        request: What is to be answered.
        seed: Of the chat model's answer.
    """
    prompt = render(
        __package__,
        "rubric",
        profile=fenced(profile, "profile"),
        request=fenced(request, "request"),
    )
    asked = await ask(chat, prompt, RubricAnswer, seed=seed, max_tokens=260)
    if not isinstance(asked.answer, RubricAnswer):
        return Written(None, asked.problem, asked.usage)
    criteria = [
        Criterion(one_line(each.name, limit=60), float(each.weight))
        for each in asked.answer.criteria
    ]
    return Written(Rubric.of(criteria, one_line(asked.answer.analysis)), "", asked.usage)


async def score_by_rubric(
    chat: ChatModel,
    rubric: Rubric,
    request: str,
    text: str,
    *,
    tries: int = 1,
    seed: int = 0,
) -> Scored:
    """Scores a text by a rubric: the mean over several tries, each one call.

    Args:
        chat: The chat model.
        rubric: By what to judge.
        request: What the text answers.
        text: The text.
        tries: How often to ask; more than one asks at temperature 0.7, each with a seed of its own.
        seed: Of the first try.

    Raises:
        InputError: `tries` is below 1.
    """
    if tries < 1:
        raise InputError(f"tries is {tries!r}; ask at least once")
    names = [f"criterion_{number}" for number in range(1, len(rubric.criteria) + 1)]
    points = Annotated[int, Field(ge=1, le=10)]
    schema: type[BaseModel] = create_model(
        f"PointsFor{len(names)}",
        **dict.fromkeys(names, (points, ...)),  # type: ignore[call-overload]
    )
    prompt = render(
        __package__,
        "criteria",
        request=fenced(request, "request"),
        answer=fenced(text, "answer"),
        criteria="\n".join(
            f"{name}: {one_line(each.name, limit=60)}"
            for name, each in zip(names, rubric.criteria, strict=True)
        ),
    )
    found: list[list[int]] = []
    problem, usage = "", Usage(calls=0)
    for number in range(tries):
        asked = await ask(
            chat, prompt, schema, seed=seed + number, temperature=0.7 if tries > 1 else 0.0
        )
        usage += asked.usage
        if asked.answer is None:
            problem = asked.problem
        else:
            said = asked.answer.model_dump()
            found.append([int(said[name]) for name in names])
    if not found:
        return Scored(None, (), tries, problem, usage)
    means = tuple(sum(each) / len(found) for each in zip(*found, strict=True))
    score = sum(c.weight * mean for c, mean in zip(rubric.criteria, means, strict=True))
    return Scored(score, means, tries - len(found), problem, usage)
