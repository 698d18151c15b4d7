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
_REPAIR = 0.8
_REPAIR_FLIP = 0.05
_UNOPPOSED_FLIP = 0.2
_REFUSED_FLIP = 0.05
_LIKED_YET_IGNORED = 0.8
_ORDINARY = ""
_RATING_FLIP = 0.02
_EARLIER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One text was preferred to another.

    Attributes:
        preferred: The text that did better; empty for an ordinary text, whose utility is 0.
        other: The text that did worse; empty for an ordinary one.
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
    """What was picked is better than each other text shown.

    Where none was picked, each text shown lost to an ordinary one, whose utility is 0: clearly if
    all were refused, and as a `weak_no` if they were merely ignored.
    """
    if choice.picked is None:
        seen = tuple(dict.fromkeys(text for text in choice.shown if text.strip()))
        if choice.ignored:
            return tuple(weak_no(text, evidence_id=evidence_id) for text in seen)
        return tuple(
            Comparison(
                preferred=_ORDINARY,
                other=text,
                weight=_CHOICE,
                flip=_REFUSED_FLIP,
                evidence_id=evidence_id,
            )
            for text in seen
        )
    if not 0 <= choice.picked < len(choice.shown):
        return ()
    picked = choice.shown[choice.picked]
    return tuple(
        Comparison(preferred=picked, other=text, weight=_CHOICE, evidence_id=evidence_id)
        for place, text in enumerate(choice.shown)
        if place != choice.picked and text != picked
    )


def weak_no(
    text: str, *, liked: float = _LIKED_YET_IGNORED, evidence_id: str | None = None
) -> Comparison:
    """A suggestion that was shown and ignored.

    NBPO ("Sampler Design for Implicit Feedback Data by Noisy-label Robust Learning") gives an item
    with score s that was shown and not taken the loss -log[1 - (1 - g) σ(s)], where g is the
    probability that it was liked all the same. A comparison that the text lost to an ordinary one,
    whose utility is 0, with flip rate e has the likelihood e + (1 - 2e) σ(-s)
    = (1 - e) - (1 - 2e) σ(s) = (1 - e) [1 - (1 - 2e)/(1 - e) σ(s)]. With e = g / (1 + g) the
    factor (1 - 2e)/(1 - e) is 1 - g: the loss is NBPO's but for the constant -log(1 - e), and so
    are its slope, its curvature and the posterior. What differs: NBPO estimates g with the model
    and samples items that were not shown; here g is fixed and only what was shown counts.

    Args:
        text: The suggestion.
        liked: g, the probability that it was liked and yet ignored, in [0, 1).
        evidence_id: The event it comes from, if known.
    """
    return Comparison(
        preferred=_ORDINARY,
        other=text,
        weight=_CHOICE,
        flip=liked / (1.0 + liked),
        evidence_id=evidence_id,
    )


def repair_pair(reaction: Reaction, *, evidence_id: str | None = None) -> tuple[Comparison, ...]:
    """A reply that repaired an earlier one is better than it, once it met with no objection.

    WildFeedback (Shi et al. 2024, "WildFeedback: Aligning LLMs With In-situ User Interactions And
    Feedback") pairs the reply that dissatisfied a user with one written anew under what the user
    said; here the repair is the reply that the user really got, and the pair counts once the next
    message accepts it, or goes on without objecting, which says less.
    """
    before = reaction.instead_of
    if before is None or reaction.sentiment != "satisfied" or before == reaction.reply:
        return ()
    return (
        Comparison(
            preferred=reaction.reply,
            other=before,
            weight=_REPAIR,
            flip=_UNOPPOSED_FLIP if reaction.category is None else _REPAIR_FLIP,
            evidence_id=evidence_id,
        ),
    )


def comparisons(evidence: Iterable[Evidence]) -> tuple[Comparison, ...]:
    """Turns a user's events into comparisons; each event counts once.

    Edits and choices compare directly. Ratings and reactions value one text at a time: each is
    compared with the three valued before it that differ, at a weight of half the difference shared
    among them, since those texts answered other requests. A reply that repaired
    another is compared with that one besides. Statements, commands, answers and
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
            continue
        if isinstance(observation, Choice):
            found += choice_pairs(observation, evidence_id=event.id)
            continue
        if isinstance(observation, Reaction):
            found += repair_pair(observation, evidence_id=event.id)
        if (value := _rated(observation)) is not None:
            found += _rating_pairs(value, rated, event.id)
            rated.append(value)
    return tuple(found)


def _rated(observation: Observation) -> _Rated | None:
    if isinstance(observation, Rating):
        return _Rated(observation.text, observation.value, _RATING_FLIP)
    if isinstance(observation, Reaction) and not _unspoken(observation):
        sign = 1.0 if observation.sentiment == "satisfied" else -1.0
        return _Rated(observation.reply, sign * _REACTION_VALUE, _REACTION_FLIP)
    return None


def _unspoken(reaction: Reaction) -> bool:
    """Whether the user merely went on after a repair: that says nothing but that it was better."""
    return reaction.instead_of is not None and reaction.category is None


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
