"""What a message, memory and taste already tell about the aspects of a request."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ...memory.types import Answer, Preference, PreferenceDraft
from ..types import Aspect
from .beliefs import Belief
from .costs import Costs
from .library import Aspects, Kind
from .tendencies import Tendencies

if TYPE_CHECKING:
    from ..reward.posterior import Weight

__all__ = ["Known", "know"]

_NO_PREFERENCE = "no preference"
_SURE = 0.75
"""Confidence from which a guess about what may do harm need not be asked about."""
_SAID = 0.9
_TASTE_SHOWS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known before anything is asked.

    Attributes:
        belief: About all aspects; those that only memory speaks of follow those of the request,
            and count for nothing themselves.
        reasons: Why an aspect need not be asked about, by key.
        factors: Factors below 1 on what asking about an aspect is worth, by key.
        hints: What else speaks for a value of an aspect, in words, by key.
        doubtful: Keys of aspects of which memory guesses the value without being sure.
    """

    belief: Belief
    reasons: Mapping[str, str]
    factors: Mapping[str, float] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()


def know(
    aspects: Sequence[Aspect],
    library: Aspects,
    *,
    kind: Kind | None,
    request: str,
    preferences: Sequence[Preference | PreferenceDraft],
    asked: Sequence[str],
    answers: Sequence[Answer],
    tastes: Mapping[str, Weight],
    costs: Costs,
) -> Known:
    """Puts together what message, memory, answers and taste say.

    Args:
        aspects: The aspects of the request.
        library: Where they come from.
        kind: The kind of request, if it is known.
        request: The request.
        preferences: What memory and the message state.
        asked: Keys of aspects that were asked about.
        answers: Answers that still hold, oldest first.
        tastes: What is known of the weights of attributes of the reward model.
        costs: The constants.
    """
    others = _others(aspects, library, preferences)
    together = (*aspects, *others)
    if kind is not None and kind.population is not None:
        together, population = tuple(aspects), kind.population
    else:
        population = Tendencies.written(together, library.tendencies)
    stakes = {aspect.key: costs.hard if aspect.hard else 1.0 for aspect in aspects}
    stakes |= dict.fromkeys((aspect.key for aspect in others), 0.0)
    importance = sum(aspect.importance for aspect in aspects)
    belief = Belief.of(
        population, stakes=stakes, at_stake=max(1.0, importance / costs.most_at_stake)
    )
    reasons: dict[str, str] = {}
    factors: dict[str, float] = {}
    hints: dict[str, str] = {}
    doubtful: set[str] = set()
    for aspect in together:
        said = library.answered_by(aspect, request)
        if said is not None:
            reasons[aspect.key] = f"the message answers it: “{said}”"
            belief = _believed(belief, aspect, said, _SAID)
            continue
        belief = _leaning(belief, aspect, tastes, hints)
        remembered = _remembered(aspect, preferences)
        if remembered.answer is not None:
            found = remembered.answer
            words = found.value or found.description
            belief = _believed(belief, aspect, words, found.confidence)
            if aspect.hard and found.origin == "inferred" and found.confidence < _SURE:
                doubtful.add(aspect.key)
                hints[aspect.key] = f"memory guesses: {found.description}"
            else:
                reasons[aspect.key] = f"memory answers it: {found.description}"
        elif aspect.key in asked:
            reasons[aspect.key] = "asked before"
        elif remembered.near:
            factors[aspect.key] = costs.related
    for answer in answers:
        if answer.aspect.startswith("matters:") and answer.value is not None:
            belief = belief.named(_names_in(answer.value, aspects))
    return Known(
        belief=belief,
        reasons=reasons,
        factors=factors,
        hints=hints,
        doubtful=frozenset(doubtful),
    )


def _others(
    aspects: Sequence[Aspect],
    library: Aspects,
    preferences: Sequence[Preference | PreferenceDraft],
) -> tuple[Aspect, ...]:
    """Aspects of other requests that memory answers, and that may tell about these."""
    here = {aspect.key for aspect in aspects}
    linked = {key for t in library.tendencies if not here.isdisjoint(t.pulls) for key in t.pulls}
    wanted = dict.fromkeys(p.aspect for p in preferences if p.aspect in linked - here)
    found = (library.find(key) for key in wanted if key is not None)
    return tuple(aspect for aspect in found if aspect is not None)


def _believed(belief: Belief, aspect: Aspect, words: str, sure: float) -> Belief:
    """The belief after words that may name a value of an aspect."""
    folded = words.strip().casefold()
    if folded == _NO_PREFERENCE:
        return belief.indifferent(aspect.key)
    whole = [value for value in aspect.values if value.casefold() == folded]
    named = whole or [value for value in aspect.values if value.casefold() in folded]
    if len(named) != 1:
        return belief
    return belief.believed(aspect.key, named[0], sure)


def _leaning(
    belief: Belief, aspect: Aspect, tastes: Mapping[str, Weight], hints: dict[str, str]
) -> Belief:
    """The belief after what the reward model knows of attributes that the values differ on.

    `P(value) ∝ exp(utility)`, each attribute's utility shrunk by how unsure its weight is.
    """
    utilities = [0.0] * len(aspect.values)
    spoke = False
    for link in aspect.links:
        taste = tastes.get(link.attribute)
        if taste is None or len(link.positions) != len(utilities):
            continue
        spoke = spoke or abs(taste.mean) > taste.sd
        for place, position in enumerate(link.positions):
            shrunk = math.sqrt(1.0 + math.pi * (taste.sd * position) ** 2 / 8.0)
            utilities[place] += taste.mean * position / shrunk
    if not spoke or not all(map(math.isfinite, utilities)):
        return belief
    top = max(utilities)
    likely = [max(math.exp(utility - top), 1e-4) for utility in utilities]
    if max(likely) / sum(likely) > _TASTE_SHOWS:
        hints[aspect.key] = f"your choices suggest: {aspect.values[likely.index(max(likely))]}"
    return belief.leaning(aspect.key, likely)


class _Remembered(NamedTuple):
    """What memory says of an aspect: an answer, or only something near."""

    answer: Preference | PreferenceDraft | None
    near: bool = False


def _remembered(aspect: Aspect, known: Sequence[Preference | PreferenceDraft]) -> _Remembered:
    near = False
    values = _value_words(aspect)
    for preference in known:
        key = preference.aspect or ""
        if key and (key.partition(":")[0] == aspect.key or aspect.key.endswith(f"_{key}")):
            return _Remembered(preference)
        if aspect.key in ("diet", "allergies") and preference.hard and key.startswith("avoid:"):
            near = True
        if values is not None and values.search(preference.description) is not None:
            return _Remembered(preference)
    return _Remembered(None, near)


def _names_in(text: str, aspects: Sequence[Aspect]) -> list[str]:
    """Keys of the aspects that a text names, in its order."""
    folded = text.casefold()
    found = []
    for aspect in aspects:
        words = {aspect.name.casefold(), aspect.key.replace("_", " ").casefold()}
        places = [
            match.start()
            for word in words
            if (match := re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded)) is not None
        ]
        if places:
            found.append((min(places), aspect.key))
    return [key for _, key in sorted(found)]


_VAGUE = frozenset(
    re.findall(
        r"\S+",
        """
        none low medium short long deep quick anything alone about more most with
        without under over home work hour minutes friends children light calm best money
        week weekend days a an the and or of for in on to at up just some very little
        kind back food classic modern direct relaxed main everyday travel generous high
        yourself project theory restrictions no intermediate party
        """,
    )
)
_PATTERNS: dict[tuple[str, tuple[str, ...]], re.Pattern[str] | None] = {}


def _value_words(aspect: Aspect) -> re.Pattern[str] | None:
    """Telling words of an aspect's values ("vegetarian", "thrillers"), as one pattern."""
    key = (aspect.key, aspect.values)
    if key not in _PATTERNS:
        words = {
            word.removesuffix("s")
            for value in aspect.values
            for word in re.findall(r"[\w-]{4,}", value.casefold())
            if word not in _VAGUE
        }
        _PATTERNS[key] = (
            re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})s?\b", re.IGNORECASE)
            if words
            else None
        )
    return _PATTERNS[key]
