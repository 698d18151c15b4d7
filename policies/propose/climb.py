"""Betters a prompt for one user: tries edits, and keeps those that their reward model likes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError
from ..types import Candidate

if TYPE_CHECKING:
    from ..reward import Posterior, TextFeatures

__all__ = ["Climb", "Edit", "Score", "improve", "taste_of"]

_LEAST = 1e-9
_MOST_EDITS = 8

Edit = str | Callable[[str], str]
"""A phrase to add at the end, or what makes another prompt of one."""

Score = Callable[[Sequence[str]], Sequence[float]]
"""Scores prompts: by themselves, or by what is made of them. More is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """A prompt and how it was reached.

    Attributes:
        prompt: The best prompt found.
        score: Its score.
        before: The score of the prompt that was given.
        applied: The names of the edits applied, in order.
        tried: How many prompts were scored.
    """

    prompt: str
    score: float
    before: float
    applied: tuple[str, ...]
    tried: int


def improve(
    prompt: str,
    edits: Mapping[str, Edit],
    score: Score,
    *,
    most: int = _MOST_EDITS,
    allowed: Callable[[str], bool] | None = None,
) -> Climb:
    """Applies the edit that raises the score most, and again, until none raises it.

    PAMELA ("Personalizing Text-to-Image Generation to Individual Taste") has a person's aesthetic
    reward model pick among edits of an image prompt. The climb is the same; what is scored is the
    app's choice: captions or prompts by the text (`taste_of`), or images that it makes of them, by
    their embeddings.

    Args:
        prompt: Where to begin.
        edits: By name; each is applied once at most. A phrase is added after a comma.
        score: Scores several prompts at once; called once for each round.
        most: How many edits to apply at most.
        allowed: Whether a prompt may be tried; by default any may.

    Returns:
        The best prompt found; the given one if no edit raises its score.

    Raises:
        InputError: The prompt is empty, or a score is not finite.
    """
    if not prompt.strip():
        raise InputError("the prompt is empty; give one to begin with")
    (before,) = _scored(score, [prompt])
    best, reached, tried = prompt, before, 1
    applied: list[str] = []
    while len(applied) < most:
        options = {
            name: changed
            for name, edit in edits.items()
            if name not in applied
            and (changed := _edited(best, edit)) != best
            and (allowed is None or allowed(changed))
        }
        if not options:
            break
        scores = dict(zip(options, _scored(score, list(options.values())), strict=True))
        tried += len(scores)
        name = max(scores, key=lambda each: scores[each])
        if scores[name] <= reached + _LEAST:
            break
        best, reached = options[name], scores[name]
        applied.append(name)
    return Climb(prompt=best, score=reached, before=before, applied=tuple(applied), tried=tried)


def taste_of(posterior: Posterior, features: TextFeatures, *, caution: float = 0.0) -> Score:
    """Scores texts by a user's posterior.

    Args:
        posterior: The user's.
        features: The features that it is about.
        caution: How many standard deviations to take off the mean utility.
    """

    def score(texts: Sequence[str]) -> Sequence[float]:
        found = posterior.utility(features.transform([Candidate(text=text) for text in texts]))
        return [float(value) for value in found.mean - caution * found.sd]

    return score


def _edited(prompt: str, edit: Edit) -> str:
    return f"{prompt.rstrip(' ,.')}, {edit}" if isinstance(edit, str) else edit(prompt)


def _scored(score: Score, prompts: Sequence[str]) -> list[float]:
    found = [float(each) for each in score(prompts)]
    if len(found) != len(prompts) or not all(math.isfinite(each) for each in found):
        raise InputError(
            f"scoring {len(prompts)} prompts gave {found[:8]!r}; it must give a finite number for "
            "each"
        )
    return found
