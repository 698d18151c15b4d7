"""Confident attributes in words, as proposals of what to remember of a user.

Only what the user did speaks here. Stored preferences are left out of the fit that is put into
words, so that nothing is proposed because it was stored before, and an attribute that a stored
preference speaks of already is not proposed again.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ...memory.types import PreferenceDraft
from .posterior import Posterior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .features import TextFeatures

    Floats = NDArray[np.float64]

__all__ = ["Suggestion", "verbalised"]

_SURE = 1.5
_FULL = 2.0
_LEAST_STRENGTH = 0.2
_MOST_CONFIDENCE = 0.9
_GROUNDS = 5


class Support(NamedTuple):
    """What an event adds to the weight of an attribute.

    Attributes:
        evidence_id: The event.
        effect: In logits per unit.
    """

    evidence_id: str
    effect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A preference that a user's choices show and that nobody has put into words yet.

    Attributes:
        draft: The preference, as memory would keep it.
        attribute: The attribute that it speaks of.
        mean: The posterior mean of the attribute's weight, in logits per unit.
        sd: Its standard deviation.
        support: The events that speak for it most, the strongest first.
    """

    draft: PreferenceDraft
    attribute: str
    mean: float
    sd: float
    support: tuple[Support, ...]

    @property
    def sureness(self) -> float:
        """How many standard deviations the weight is from 0."""
        return abs(self.mean) / max(self.sd, 1e-12)


def verbalised(
    posterior: Posterior,
    features: TextFeatures,
    rows: Sequence[str],
    effects: Floats,
    *,
    known: Collection[str] = (),
    least: float = _SURE,
) -> tuple[Suggestion, ...]:
    """Puts attributes into words whose weight is more than 1.5 standard deviations from 0.

    Args:
        posterior: Fitted to what the user did, without stored preferences.
        features: The features that it is about.
        rows: The event of each row of the evidence.
        effects: What each row adds to each attribute's weight, shape `(len(rows), attributes)`.
        known: Attributes that are spoken of already, or need not be.
        least: How many standard deviations it takes.

    Returns:
        Suggestions, the surest first.
    """
    found = []
    for column, (name, weight) in enumerate(posterior.weights().items()):
        if name in known or weight.sd <= 0.0 or abs(weight.mean) <= least * weight.sd:
            continue
        support = _support(rows, effects[:, column] * (1.0 if weight.mean > 0.0 else -1.0))
        if not support:
            continue
        wanted = _wording(features, name, high=weight.mean > 0.0)
        found.append(
            Suggestion(
                draft=PreferenceDraft(
                    description=f"prefers {wanted.words}",
                    strength=min(1.0, max(_LEAST_STRENGTH, abs(weight.mean) / _FULL)),
                    origin="inferred",
                    confidence=_confidence(abs(weight.mean) / weight.sd),
                    aspect=name,
                    value=wanted.value,
                ),
                attribute=name,
                mean=weight.mean,
                sd=weight.sd,
                support=support,
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.sureness, each.attribute)))


class _Wording(NamedTuple):
    words: str
    value: str


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath("wording.toml").read_text("utf-8"))


def _wording(features: TextFeatures, name: str, *, high: bool) -> _Wording:
    """What an end of an attribute is called, and the value under which memory keeps it."""
    for axis in features.axes:
        if axis.name == name:
            end = axis.high if high else axis.low
            return _Wording(f"{end} texts", end)
    entry = _table().get(name)
    value = "more" if high else "less"
    if entry is None:
        return _Wording(f"{value} {name}", value)
    end = "high" if high else "low"
    return _Wording(entry[end], entry.get(f"{end}_value", value))


def _confidence(sureness: float) -> float:
    """The probability that the weight has this sign, at most 0.9: people are not their choices."""
    return min(_MOST_CONFIDENCE, 0.5 * math.erfc(-sureness / math.sqrt(2.0)))


def _support(rows: Sequence[str], effects: Floats) -> tuple[Support, ...]:
    summed: dict[str, float] = {}
    for event, effect in zip(rows, effects.tolist(), strict=True):
        summed[event] = summed.get(event, 0.0) + effect
    order = sorted(summed.items(), key=lambda each: (-each[1], each[0]))
    return tuple(Support(event, effect) for event, effect in order[:_GROUNDS] if effect > 0.0)
