"""Whether a description predicts what a user preferred: the seam, and the pairs it is tested on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..relevance import content_words
from ..scopes import covers
from ..types import (
    Choice,
    Context,
    Edit,
    Evidence,
    NearEvidence,
    Observation,
    PreferenceDraft,
    Reaction,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Pair", "Predictor", "WordPredictor", "pairs_of", "weighted_pairs"]

# What an event counts once there is a later one like it: of five that agree and two later ones
# that do not, the five still prevail; against three they do not.
_KEPT = 0.8
# A mended reply differs from the first in more than what was objected to.
_REPAIRED = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts of which the user preferred one.

    Attributes:
        chosen: What they wrote or picked.
        rejected: What they rewrote or passed over.
        weight: How much the pair counts, positive.
        evidence_id: The event; empty if it is in no memory.
        scope: The occasion that the texts were for ("work emails"); None if it has no name.
    """

    chosen: str
    rejected: str
    weight: float = 1.0
    evidence_id: str = ""
    scope: str | None = None


class _Weighed(NamedTuple):
    """An earlier event, its occasion, and how near that is, in (0, 1]."""

    event: Evidence
    scope: str | None
    weight: float


class Predictor(Protocol):
    """Says which of two texts somebody prefers of whom one description is known."""

    async def agreement(
        self, description: str | PreferenceDraft, pairs: Sequence[Pair]
    ) -> NDArray[np.float64]:
        """P(chosen preferred to rejected), if the description is all that is known.

        Args:
            description: What is said of the user; it never comes with their other preferences.
            pairs: The pairs; their order of chosen and rejected must not matter to the method.

        Returns:
            Shape `(len(pairs),)`, in (0, 1); 0.5 where the description says nothing about a pair,
            and within 0.1 of it where it says so little that more events must bear it out.

        Raises:
            ModelError: A model that it needs cannot be used.
        """
        ...


class WordPredictor:
    """Predicts by the words that a description has in common with each text; for tests.

    Args:
        sure: The probability for a pair of which one text alone has such words.
    """

    def __init__(self, sure: float = 0.9) -> None:
        self._sure = sure

    async def agreement(
        self, description: str | PreferenceDraft, pairs: Sequence[Pair]
    ) -> NDArray[np.float64]:
        """P(chosen preferred to rejected); see `Predictor.agreement`."""
        import numpy as np

        if isinstance(description, str):
            said, disliked = description, False
        else:
            said, disliked = description.description, description.polarity == "dislike"
        words = content_words(said)
        more = np.array(
            [
                len(words & content_words(pair.chosen)) - len(words & content_words(pair.rejected))
                for pair in pairs
            ],
            dtype=np.float64,
        )
        return 0.5 + (self._sure - 0.5) * np.sign(-more if disliked else more)


def pairs_of(
    observation: Observation,
    weight: float = 1.0,
    *,
    evidence_id: str = "",
    scope: str | None = None,
) -> tuple[Pair, ...]:
    """The pairs in an edit, a choice, or a repair that was accepted; none where nothing differs.

    A choice's pairs share the weight. A comparison that a chat model made is none of the user's.

    Args:
        observation: What was observed.
        weight: How much it counts, positive.
        evidence_id: The event, if it is recorded.
        scope: The occasion.
    """
    match observation:
        case Edit():
            texts = [(observation.after, observation.before)]
        case Choice(picked=int(place), judge=None) if 0 <= place < len(observation.shown):
            others = [text for at, text in enumerate(observation.shown) if at != place]
            texts = [(observation.shown[place], other) for other in others]
        case Reaction(sentiment="satisfied", instead_of=str(before)):
            texts = [(observation.reply, before)]
            weight *= _REPAIRED
        case _:
            return ()
    told = [(better, worse) for better, worse in texts if better.split() != worse.split()]
    return tuple(
        Pair(
            chosen=better,
            rejected=worse,
            weight=weight / len(told),
            evidence_id=evidence_id,
            scope=scope,
        )
        for better, worse in told
    )


def weighted_pairs(
    near: Sequence[NearEvidence],
    *,
    scope: str | None = None,
    occasion: Callable[[Context], str | None] = lambda _context: None,
    floor: float = 0.2,
    most: int = 16,
) -> tuple[Pair, ...]:
    """The pairs of events near a context, each weighing as much as its context is near.

    Events of the same named occasion are as near as can be, whatever their topics. Tastes drift:
    each event counts less than the next.

    Args:
        near: Events with the cosine of their contexts, nearest first.
        scope: The present occasion, if it has a name.
        occasion: Names the occasion of a context.
        floor: Below this cosine contexts have nothing to do with each other.
        most: At most so many events.
    """
    found: list[_Weighed] = []
    for each in near:
        event = each.evidence
        its = None if event.context is None else occasion(event.context)
        alike = None not in (its, scope) and (covers(its, scope) or covers(scope, its))
        if alike or each.score >= floor:
            weight = 1.0 if alike else min(1.0, each.score)
            found.append(_Weighed(event, its, weight))
    found = [each for each in found if pairs_of(each.event.observation)][:most]
    latest = sorted(found, key=lambda each: (each.event.created_at, each.event.id), reverse=True)
    ages = {each.event.id: age for age, each in enumerate(latest, start=1)}
    return tuple(
        pair
        for each in found
        for pair in pairs_of(
            each.event.observation,
            each.weight * _KEPT ** ages[each.event.id],
            evidence_id=each.event.id,
            scope=each.scope,
        )
    )
