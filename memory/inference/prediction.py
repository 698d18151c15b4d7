"""Whether a description predicts what a user preferred: the seam, and the pairs it is tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..types import Choice, Edit, Evidence, NearEvidence, PreferenceDraft

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Pair", "Predictor", "pairs_of", "weighted_pairs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts of which the user preferred one.

    Attributes:
        chosen: What they wrote or picked.
        rejected: What they rewrote or passed over.
        weight: How much the pair counts, positive.
        evidence_id: The event; empty if it is in no memory.
    """

    chosen: str
    rejected: str
    weight: float = 1.0
    evidence_id: str = ""


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
            Shape `(len(pairs),)`, in (0, 1); 0.5 where the description says nothing about a pair.

        Raises:
            ModelError: A model that it needs cannot be used.
        """
        ...


def pairs_of(evidence: Evidence, weight: float = 1.0) -> tuple[Pair, ...]:
    """The pairs in an edit or a choice; none in other events, and none where nothing changed.

    A choice's pairs share the weight. What a judge chose says nothing of the user.
    """
    seen = evidence.observation
    if isinstance(seen, Edit):
        texts = [(seen.after, seen.before)]
    elif isinstance(seen, Choice) and seen.picked is not None and seen.judge is None:
        picked = seen.shown[seen.picked] if 0 <= seen.picked < len(seen.shown) else ""
        others = [text for place, text in enumerate(seen.shown) if place != seen.picked]
        texts = [(picked, other) for other in others] if picked else []
    else:
        return ()
    told = [(better, worse) for better, worse in texts if better.split() != worse.split()]
    return tuple(
        Pair(chosen=better, rejected=worse, weight=weight / len(told), evidence_id=evidence.id)
        for better, worse in told
    )


def weighted_pairs(near: Sequence[NearEvidence], floor: float = 0.2) -> tuple[Pair, ...]:
    """The pairs of events near a context, each weighing as much as its context is near.

    Args:
        near: Events with the cosine of their contexts.
        floor: Below this cosine contexts have nothing to do with each other.
    """
    return tuple(
        pair
        for each in near
        if each.score >= floor
        for pair in pairs_of(each.evidence, min(1.0, each.score))
    )
