"""Observed events as comparisons of texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from ...memory.types import (
    Choice,
    Edit,
    Evidence,
    Observation,
    Rating,
    Reaction,
    Strength,
)
from .sources import SOURCES

_RATED = 0.5
_REACTION_VALUE = 0.6
_REPAIR = 0.8
_LIKED_YET_IGNORED = 0.8
_ORDINARY = ""
_EARLIER = 3


class Said(NamedTuple):
    """What a strength says of a comparison.

    Attributes:
        target: Probability that the preferred is really better, in [0, 1].
        weight: How many ordinary comparisons it counts for.
    """

    target: float
    weight: float


STRENGTHS: Mapping[Strength, Said] = MappingProxyType(
    {
        "much better": Said(1.0, 2.0),
        "better": Said(1.0, 1.0),
        "slightly better": Said(0.75, 1.0),
        "about the same": Said(0.5, 1.0),
    }
)
"""Strengths as soft targets; a comparison without one is "better".

OSP ("Online Self-Preferring Language Models") trains on `-t log σ(Δ) - (1 - t) log σ(-Δ)` with t
from the gap between ranks. The loss of t = 0.75 is least at a gap of 1.1 logits, that of a tie at
none; above, t cannot grow, and so a clear lead weighs more instead. What differs: people say the
strength, in four words, and no model judges itself.
"""


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
        source: What kind of event that is (`sources.py`); empty if its flip rate is not learned.
        key: Tells the comparisons of one event apart.
        against_id: The earlier event, where two events were compared.
    """

    preferred: str
    other: str
    target: float = 1.0
    weight: float = 1.0
    flip: float = 0.0
    evidence_id: str | None = None
    source: str = ""
    key: str = ""
    against_id: str | None = None


class _Rated(NamedTuple):
    text: str
    value: float
    source: str
    evidence_id: str


def edit_pair(edit: Edit, *, evidence_id: str | None = None) -> tuple[Comparison, ...]:
    """What the user wrote is better than what they rewrote; nothing if they changed nothing."""
    if edit.before.strip() == edit.after.strip():
        return ()
    return (_compared(edit.after, edit.before, "edit", "edit", evidence_id),)


def choice_pairs(choice: Choice, *, evidence_id: str | None = None) -> tuple[Comparison, ...]:
    """What was picked is better than each other text shown, as far as was said.

    Where none was picked, each text shown lost to an ordinary one, whose utility is 0: clearly if
    all were refused, and as a `weak_no` if they were merely ignored. Where all were said to be
    about the same, each is tied with each, and together they weigh as much as a choice among them.
    """
    shown = tuple(dict.fromkeys(text for text in choice.shown if text.strip()))
    if choice.picked is None and choice.strength == "about the same":
        pairs = list(combinations(shown, 2))
        return tuple(
            _strong(
                _compared(one, two, _by(choice, "choice"), f"tie:{place:04d}", evidence_id),
                "about the same",
                share=2.0 / len(shown),
            )
            for place, (one, two) in enumerate(pairs)
        )
    if choice.picked is None:
        if choice.ignored:
            return tuple(
                weak_no(text, evidence_id=evidence_id, key=f"none:{place:04d}")
                for place, text in enumerate(shown)
            )
        return tuple(
            _compared(_ORDINARY, text, _by(choice, "refusal"), f"none:{place:04d}", evidence_id)
            for place, text in enumerate(shown)
        )
    if not 0 <= choice.picked < len(choice.shown):
        return ()
    picked = choice.shown[choice.picked]
    return tuple(
        _strong(
            _compared(picked, text, _by(choice, "choice"), f"choice:{place:04d}", evidence_id),
            choice.strength,
        )
        for place, text in enumerate(choice.shown)
        if place != choice.picked and text != picked
    )


def weak_no(
    text: str,
    *,
    liked: float = _LIKED_YET_IGNORED,
    evidence_id: str | None = None,
    key: str = "none:0000",
) -> Comparison:
    """A suggestion that was shown and ignored.

    NBPO ("Sampler Design for Implicit Feedback Data by Noisy-label Robust Learning") gives an item
    with score s that was shown and not taken the loss -log[1 - (1 - g) σ(s)], where g is the
    probability that it was liked all the same. A comparison that the text lost to an ordinary one,
    whose utility is 0, with flip rate e has the likelihood e + (1 - 2e) σ(-s)
    = (1 - e) - (1 - 2e) σ(s) = (1 - e) [1 - (1 - 2e)/(1 - e) σ(s)]. With e = g / (1 + g) the
    factor (1 - 2e)/(1 - e) is 1 - g: the loss is NBPO's but for the constant -log(1 - e), and so
    are its slope, its curvature and the posterior. What differs: NBPO estimates g with the model
    and samples items that were not shown; here g is stated, learned for each person like the rate
    of any source, and only what was shown counts.

    Args:
        text: The suggestion.
        liked: g, the probability that it was liked and yet ignored, in [0, 1).
        evidence_id: The event it comes from, if known.
        key: Tells the comparisons of that event apart.
    """
    return replace(
        _compared(_ORDINARY, text, "ignored", key, evidence_id), flip=liked / (1.0 + liked)
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
    source = "unopposed" if reaction.category is None else "repair"
    pair = _compared(reaction.reply, before, source, "repair", evidence_id)
    return (replace(pair, weight=_REPAIR),)


def comparisons(evidence: Iterable[Evidence]) -> tuple[Comparison, ...]:
    """Turns a user's events into comparisons; each event counts once.

    Edits and choices compare directly. Ratings and reactions value one text at a time: each is
    compared with the three valued before it that differ, at a weight of half the difference shared
    among them, since those texts answered other requests. A reply that repaired
    another is compared with that one besides. Statements, commands, answers and
    artefacts reach the model as stored preferences. What is found depends on these events alone.

    Args:
        evidence: Events of one user, oldest first.
    """
    found: list[Comparison] = []
    rated: list[_Rated] = []
    for event in evidence:
        observation = event.observation
        own: list[Comparison] = []
        if isinstance(observation, Edit):
            own += edit_pair(observation, evidence_id=event.id)
        elif isinstance(observation, Choice):
            own += choice_pairs(observation, evidence_id=event.id)
        elif isinstance(observation, Reaction):
            own += repair_pair(observation, evidence_id=event.id)
        if (value := _rated(observation, event.id)) is not None:
            own += _rating_pairs(value, rated)
            rated.append(value)
        found += [_imported(each) for each in own] if event.source == "import" else own
    return tuple(found)


def _compared(
    preferred: str, other: str, source: str, key: str, evidence_id: str | None
) -> Comparison:
    return Comparison(
        preferred=preferred,
        other=other,
        flip=SOURCES[source].flip,
        evidence_id=evidence_id,
        source=source,
        key=key,
    )


def _strong(comparison: Comparison, strength: Strength | None, *, share: float = 1.0) -> Comparison:
    said = STRENGTHS["better" if strength is None else strength]
    return replace(comparison, target=said.target, weight=said.weight * share)


def _by(choice: Choice, source: str) -> str:
    return source if choice.judge is None else "judge"


def _imported(comparison: Comparison) -> Comparison:
    """The same from another system, which is trusted no more than the worse of the two."""
    if comparison.source in {"judge", "ignored"}:
        return comparison
    flip = max(comparison.flip, SOURCES["imported"].flip)
    return replace(comparison, source="imported", flip=flip)


def _rated(observation: Observation, evidence_id: str) -> _Rated | None:
    if isinstance(observation, Rating):
        return _Rated(observation.text, observation.value, "rating", evidence_id)
    if isinstance(observation, Reaction) and not _unspoken(observation):
        sign = 1.0 if observation.sentiment == "satisfied" else -1.0
        return _Rated(observation.reply, sign * _REACTION_VALUE, _read_by(observation), evidence_id)
    return None


def _read_by(reaction: Reaction) -> str:
    return "reaction" if reaction.reader == "rules" else f"reaction_{reaction.reader}"


def _unspoken(reaction: Reaction) -> bool:
    """Whether the user merely went on after a repair: that says nothing but that it was better."""
    return reaction.instead_of is not None and reaction.category is None


def _rating_pairs(new: _Rated, earlier: Sequence[_Rated]) -> list[Comparison]:
    differing = [
        old for old in reversed(earlier) if old.value != new.value and old.text != new.text
    ][:_EARLIER]
    pairs = []
    for old in differing:
        better, worse = (new, old) if new.value > old.value else (old, new)
        # No more is known of a pair than of its less reliable side.
        source = max(new.source, old.source, key=lambda name: SOURCES[name].flip)
        key = f"rating:{old.evidence_id}"
        pairs.append(
            replace(
                _compared(better.text, worse.text, source, key, new.evidence_id),
                weight=_RATED * (better.value - worse.value) / len(differing),
                against_id=old.evidence_id,
            )
        )
    return pairs
