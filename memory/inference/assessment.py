"""How well a description predicts what a user preferred, now and in earlier events."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..scopes import covers
from ..types import PreferenceDraft
from .prediction import Pair, Predictor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SILENT", "WORSE", "Assessment", "assess", "pruned"]

SILENT = 0.02
"""Within this of 0.5 a prediction says nothing."""

WORSE = 0.02
"""A description that predicts worse than none by more than this is wrong."""

_PARTS = re.compile(r"\s*(?:[;,]|\band\b|&)\s*", re.IGNORECASE)
_FLOOR = 1e-3
# What somebody was seen to do says more than a guess, and less than a description that fits well.
_COUNTED = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How well a description predicts; 0.5 is what no description predicts.

    Attributes:
        explains: Geometric mean of P(chosen) over the event's own pairs.
        holds: The same over earlier pairs of its scope, weighted by the nearness of their contexts,
            with one pair more of which it says nothing: a single far one shows little.
        pairs: How many of those it says anything about.
        total: Mean log P(chosen) over all of them.
    """

    explains: float
    holds: float
    pairs: int
    total: float

    def __str__(self) -> str:
        earlier = f", {self.holds:.2f} over {self.pairs} earlier" if self.pairs else ""
        return f"{self.explains:.2f} for this event{earlier}"


async def assess(
    predictor: Predictor,
    description: str | PreferenceDraft,
    own: Sequence[Pair],
    earlier: Sequence[Pair],
    *,
    counted: bool = False,
) -> Assessment:
    """Tests a description on an event and on those earlier ones that its scope covers.

    Args:
        predictor: Says what the description predicts.
        description: The description.
        own: The pairs of the event.
        earlier: Pairs of earlier events.
        counted: Whether it was counted in the event: then it explains it somewhat, even where the
            predictor does not know the words for what was counted.

    Raises:
        ModelError: The predictor's model cannot be used.
    """
    import numpy as np

    scope = None if isinstance(description, str) else description.scope
    held_out = [pair for pair in earlier if covers(scope, pair.scope)]
    agreement = await predictor.agreement(description, [*own, *held_out])
    if counted:
        agreement = np.concatenate(
            [np.maximum(agreement[: len(own)], _COUNTED), agreement[len(own) :]]
        )
    mine, theirs = agreement[: len(own)], agreement[len(own) :]
    weights = np.array([pair.weight for pair in (*own, *held_out)])
    logs = np.log(np.clip(agreement, _FLOOR, 1.0))
    return Assessment(
        explains=_mean(mine, weights[: len(own)]),
        holds=_mean(np.append(theirs, 0.5), np.append(weights[len(own) :], 1.0)),
        pairs=int((np.abs(theirs - 0.5) > SILENT).sum()),
        total=float(weights @ logs / weights.sum()) if len(logs) else float(np.log(0.5)),
    )


async def pruned(
    predictor: Predictor, draft: PreferenceDraft, own: Sequence[Pair], earlier: Sequence[Pair]
) -> PreferenceDraft | None:
    """Drops the parts of a description that the event or earlier ones contradict.

    Parts stand between commas, semicolons and "and". A description of one part stays as it is,
    and so does one with an aspect and a value, which are of one piece.

    Returns:
        The draft with the parts that are left; None if none is.
    """
    if draft.value is not None:
        return draft
    head, colon, body = draft.description.partition(": ")
    if not colon:
        head, body = "", draft.description
    parts = [part for part in _PARTS.split(body) if part.strip()]
    if len(parts) < 2:
        return draft
    kept = []
    for part in parts:
        result = await assess(predictor, replace(draft, description=part), own, earlier)
        if result.explains >= 0.5 - SILENT and result.holds >= 0.5 - WORSE:
            kept.append(part)
    if not kept:
        return None
    if len(kept) == len(parts):
        return draft
    return replace(draft, description=f"{head}{colon}{' and '.join(kept)}")


def _mean(agreement: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The weighted geometric mean; 0.5 of nothing."""
    import numpy as np

    if not len(agreement):
        return 0.5
    logs = np.log(np.clip(agreement, _FLOOR, 1.0))
    return float(np.exp(weights @ logs / weights.sum()))
