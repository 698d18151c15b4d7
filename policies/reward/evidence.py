"""Observed events as comparisons of texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...memory.types import (
    Choice,
    Edit,
    Evidence,
    Observation,
    Rating,
    Reaction,
)

_CHOICE = 1.0
_EDIT = 1.0
_RATED = 0.5
_REACTION_VALUE = 0.6
_REACTION_FLIP = 0.1
_RATING_FLIP = 0.02
_EARLIER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One text was preferred to another.

    Attributes:
        preferred: The text that did better.
        other: The text that did worse.
        target: Probability that `preferred` is really better, in [0, 1]; 0.5 is a tie.
        weight: How many ordinary comparisons it counts for, above 0.
        flip: Probability that the label is the wrong way round, in [0, 0.5).
        evidence_id: The event it comes from, if known.
    """

    preferred: str
    other: str
    target: float = 1.0
    weight: float = 1.0
    flip: float = 0.0
    evidence_id: str | None = None


class _Rated(NamedTuple):
    text: str
    value: float
    flip: float


def edit_pair(edit: Edit, *, evidence_id: str | None = None) -> tuple[Comparison, ...]:
    """What the user wrote is better than what they rewrote; nothing if they changed nothing."""
    if edit.before.strip() == edit.after.strip():
        return ()
    return (
        Comparison(preferred=edit.after, other=edit.before, weight=_EDIT, evidence_id=evidence_id),
    )


def choice_pairs(choice: Choice, *, evidence_id: str | None = None) -> tuple[Comparison, ...]:
    """What was picked is better than each other text shown; picking none says nothing."""
    if choice.picked is None or not 0 <= choice.picked < len(choice.shown):
        return ()
    picked = choice.shown[choice.picked]
    return tuple(
        Comparison(preferred=picked, other=text, weight=_CHOICE, evidence_id=evidence_id)
        for place, text in enumerate(choice.shown)
        if place != choice.picked and text != picked
    )


def comparisons(evidence: Iterable[Evidence]) -> tuple[Comparison, ...]:
    """Turns a user's events into comparisons; each event counts once.

    Edits and choices compare directly. Ratings and reactions value one text at a time: each is
    compared with the three valued before it that differ, at a weight of half the difference shared
    among them, since those texts answered other requests. Statements, commands, answers and
    artefacts reach the model as stored preferences.

    Args:
        evidence: Events of one user, oldest first.
    """
    found: list[Comparison] = []
    rated: list[_Rated] = []
    for event in evidence:
        observation = event.observation
        if isinstance(observation, Edit):
            found += edit_pair(observation, evidence_id=event.id)
        elif isinstance(observation, Choice):
            found += choice_pairs(observation, evidence_id=event.id)
        elif (value := _rated(observation)) is not None:
            found += _rating_pairs(value, rated, event.id)
            rated.append(value)
    return tuple(found)


def _rated(observation: Observation) -> _Rated | None:
    if isinstance(observation, Rating):
        return _Rated(observation.text, observation.value, _RATING_FLIP)
    if isinstance(observation, Reaction):
        sign = 1.0 if observation.sentiment == "satisfied" else -1.0
        return _Rated(observation.reply, sign * _REACTION_VALUE, _REACTION_FLIP)
    return None


def _rating_pairs(new: _Rated, earlier: Sequence[_Rated], evidence_id: str) -> list[Comparison]:
    differing = [
        old for old in reversed(earlier) if old.value != new.value and old.text != new.text
    ][:_EARLIER]
    pairs = []
    for old in differing:
        better, worse = (new, old) if new.value > old.value else (old, new)
        pairs.append(
            Comparison(
                preferred=better.text,
                other=worse.text,
                weight=_RATED * (better.value - worse.value) / len(differing),
                flip=max(better.flip, worse.flip),
                evidence_id=evidence_id,
            )
        )
    return pairs
