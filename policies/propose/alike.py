"""How far drafts are apart in meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Apart", "apart"]

_SAME = 0.97


class Apart(NamedTuple):
    """Which drafts say something of their own.

    Attributes:
        kept: Places of those that differ from every earlier one, in order.
        mean_cosine: Mean cosine between two different drafts of all; None for fewer than two. The
            lower, the more there was to choose from (Community Alignment reports it of its
            candidates).
    """

    kept: tuple[int, ...]
    mean_cosine: float | None


def apart(vectors: NDArray[np.float64], *, same: float = _SAME) -> Apart:
    """Finds drafts that say the same in other words, which a count of words does not show.

    Args:
        vectors: Their embeddings, shape `(n, d)`, of length 1, or 0 for a blank one.
        same: From this cosine on, two drafts are one.
    """
    import numpy as np

    cosines = vectors @ vectors.T
    kept: list[int] = []
    for place in range(len(vectors)):
        if not kept or cosines[place, kept].max() < same:
            kept.append(place)
    pairs = cosines[np.triu_indices(len(vectors), k=1)]
    return Apart(tuple(kept), float(pairs.mean()) if len(pairs) else None)
