"""How sure memory is of a preference, and how that changes with time.

What is stored is the belief at the moment something last spoke for the preference. What is shown
is the belief now: it halves with every half-life that passes without support. Beliefs change at
midnight UTC and stay the same all day, so that what is computed from a user's beliefs (a fitted
reward model, a prompt's prefix) is computed once a day and not once a moment.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

from .types import Origin, Preference

__all__ = [
    "CERTAIN",
    "FADED",
    "INFERRED_DAYS",
    "STATED_DAYS",
    "belief",
    "believed",
    "has_faded",
    "next_change",
    "strengthened",
    "weakened",
]

# No amount of support makes a belief surer: people change without saying so.
CERTAIN = 0.99

# What people say of themselves holds for years, and saying it again is tedious.
STATED_DAYS = 730.0

# What is read from one edit or choice may have been true of that day only; a habit shows again
# within weeks.
INFERRED_DAYS = 90.0

# Below this a preference is not recalled: an inference of middling confidence gets there after
# half a year without support, a statement after five years.
FADED = 0.15

# A sure contradiction that does not win takes this share of a belief.
_DOUBT = 0.2

# Agreement closes this share of the gap to certainty, times how sure the new evidence is.
_AGREEMENT = 0.5


def belief(
    confidence: float, *, since: datetime, now: datetime, hard: bool, origin: Origin
) -> float:
    """How sure of a preference memory is now.

    Exponential decay with a half-life by origin. A hard constraint does not decay: forgetting an
    allergy does harm, and the user can lift it at any time.

    Args:
        confidence: How sure it was at its last support, in (0, 1].
        since: When that was.
        now: The present moment; a clock that has stepped back counts as no time passed.
        hard: A constraint that must hold.
        origin: Stated or inferred.

    Returns:
        The belief, in (0, 1].
    """
    if hard:
        return confidence
    days = max(0, (now.astimezone(UTC).date() - since.astimezone(UTC).date()).days)
    return confidence * math.exp2(-days / _half_life(origin))


def believed(preference: Preference, now: datetime) -> Preference:
    """A preference as it was stored, with the belief of now in place of that at its last support.

    One that has ended keeps the belief that it ended with.
    """
    ended = preference.valid_to
    sure = belief(
        preference.confidence,
        since=preference.supported_at or preference.valid_from,
        now=now if ended is None else min(now, ended),
        hard=preference.hard,
        origin=preference.origin,
    )
    return preference if sure == preference.confidence else replace(preference, confidence=sure)


def has_faded(preference: Preference) -> bool:
    """Whether a preference, with the belief of now, is too doubtful to be recalled."""
    return not preference.hard and preference.confidence < FADED


def strengthened(sure: float, by: float) -> float:
    """A belief after evidence for it.

    Args:
        sure: The belief before, in (0, 1].
        by: How sure the evidence is, in (0, 1].
    """
    return max(sure, sure + (CERTAIN - sure) * by * _AGREEMENT)


def weakened(sure: float, by: float) -> float:
    """A belief after evidence against it that did not win; the arguments are as above."""
    return sure * (1.0 - by * _DOUBT)


def next_change(now: datetime) -> datetime:
    """When beliefs next change by themselves: midnight UTC."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


def _half_life(origin: Origin) -> float:
    match origin:
        case "stated":
            return STATED_DAYS
        case "inferred":
            return INFERRED_DAYS
        case _:
            assert_never(origin)
