"""How far people agree on the same comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ..datasets import UserPair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Agreement", "krippendorff_alpha", "pair_agreement"]


class Agreement(NamedTuple):
    """Krippendorff's alpha over what several people judged.

    Attributes:
        alpha: 1 if all agree, 0 if they agree no more than by chance; None if nothing was judged
            by two people, or all judgements are the same.
        units: How many comparisons two people or more judged.
    """

    alpha: float | None
    units: int


def krippendorff_alpha(values: Floats, *, interval: bool = False) -> float | None:
    """Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability").

    `1 - observed / expected disagreement`, over all pairs of values within units and over all
    pairs at all; each unit's pairs are shared by one less than its values.

    Args:
        values: One row a judge, one column a unit; NaN where a judge said nothing.
        interval: Whether values are numbers whose squared difference is the disagreement; else
            they are names, which are the same or not.

    Returns:
        Alpha; None if no unit has two values, or all values that are in such units are the same.

    Raises:
        InputError: `values` is no table.
    """
    import numpy as np

    if values.ndim != 2:
        raise InputError(f"values has shape {values.shape!r}; it must be (judges, units)")
    given = ~np.isnan(values)
    paired = values[:, given.sum(axis=0) > 1]
    there = ~np.isnan(paired)
    if not there.any():
        return None
    levels = np.unique(paired[there])
    counts = np.array([(paired == level).sum(axis=0) for level in levels], dtype=np.float64)
    each = counts.sum(axis=0)
    # How often two values meet in a unit: c_ab = Σ_u n_au (n_bu - [a = b]) / (m_u - 1).
    met = (counts / (each - 1.0)) @ counts.T - np.diag((counts / (each - 1.0)).sum(axis=1))
    apart = (levels[:, None] - levels[None, :]) ** 2 if interval else 1.0 - np.eye(len(levels))
    totals = met.sum(axis=1)
    whole = totals.sum()
    expected = (np.outer(totals, totals) * apart).sum() / (whole - 1.0)
    if expected <= 0.0:
        return None
    return float(1.0 - (met * apart).sum() / expected)


def pair_agreement(pairs: Sequence[UserPair]) -> Agreement:
    """How far people agree on the comparisons that several of them judged, as names of the winner.

    Ties are left out; of somebody's several judgements of one comparison, the last counts.
    """
    import numpy as np

    judged: dict[tuple[object, ...], dict[str, float]] = {}
    for each in pairs:
        if each.strength == 0.0:
            continue
        sides = [
            (each.chosen, tuple(sorted(each.chosen_features.items()))),
            (each.rejected, tuple(sorted(each.rejected_features.items()))),
        ]
        first = sides[0] <= sides[1]
        unit = (each.prompt, *sorted(sides))
        judged.setdefault(unit, {})[each.user] = float(first)
    several = [found for found in judged.values() if len(found) > 1]
    people = sorted({user for found in several for user in found})
    place = {user: number for number, user in enumerate(people)}
    values = np.full((len(people), len(several)), np.nan)
    for column, found in enumerate(several):
        for user, said in found.items():
            values[place[user], column] = said
    alpha = krippendorff_alpha(values) if several else None
    return Agreement(alpha, len(several))
