"""How often each candidate would be preferred to the others: exact for a few, bounded for many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, cast

from .posterior import Posterior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALL_PAIRS = 512
_STRATA = 256
_REFINED = 64
# The largest slope of the probit approximation in the mean, and in the standard deviation, of a
# difference: max σ' and max |z| σ'(z) · max x/(1 + x²) · √(π/8).
_MEAN_SLOPE = 0.25
_SD_SLOPE = 0.2239 * 0.5 * math.sqrt(math.pi / 8.0)


class _Strata(NamedTuple):
    """Which opponents stand in for whom.

    Attributes:
        chosen: The opponents, shape `(256,)`.
        sizes: How many each stands for.
        stand_in: For every row the opponent that stands in for it, shape `(n,)`.
    """

    chosen: NDArray[np.int64]
    sizes: NDArray[np.int64]
    stand_in: NDArray[np.int64]


def win_rates(posterior: Posterior, rows: Floats) -> Floats:
    """Mean P(row preferred to other row) over all other rows.

    Up to 512 rows meet each other. Beyond, rows are put in order of utility and cut into 256
    strata, and each row meets the middle one of every stratum, weighed by the stratum's size, in
    32 bits and without skew terms; the best 64 then meet all others exactly.

    Args:
        posterior: The user's.
        rows: As `transform` gives them, shape `(n, d)`, not centred.

    Returns:
        Array of shape `(n,)`, in [0, 1]; 0.5 for an only row.
    """
    import numpy as np

    count = len(rows)
    if count < 2:
        return np.full(count, 0.5)
    if count <= ALL_PAIRS:
        return np.asarray((posterior.probabilities(rows).sum(axis=1) - 0.5) / (count - 1))
    strata = _strata(rows @ posterior.mean)
    single = cast("Floats", rows.astype(np.float32))
    chances = posterior.single().probabilities(single, single[strata.chosen], skew=False)
    scores = np.asarray((chances @ strata.sizes - 0.5) / (count - 1), dtype=np.float64)
    best = np.argsort(-scores, kind="stable")[:_REFINED]
    against = posterior.probabilities(rows[best], rows).sum(axis=1)
    scores[best] = (against - 0.5) / (count - 1)
    return np.clip(scores, 0.0, 1.0)


def win_rate_error(posterior: Posterior, rows: Floats) -> float:
    """A bound on how far any of `win_rates` is from the exact mean, skew terms aside.

    Replacing an opponent j by its representative r changes a probability by at most
    `|μⱼ - μᵣ|/4 + 0.07 sⱼᵣ`, with s the posterior deviation of the difference of their utilities:
    by the slopes of the probit approximation, and by the triangle inequality for s. The mean of
    that over j bounds the error of every score. Errors of both signs cancel, so that the true
    error is far smaller.

    Args:
        posterior: The user's, with one prototype.
        rows: Shape `(n, d)`.
    """
    import numpy as np

    count = len(rows)
    if count <= ALL_PAIRS:
        return 0.0
    means = rows @ posterior.mean
    stand_in = _strata(means).stand_in
    apart = posterior.utility(rows - rows[stand_in])
    away = _MEAN_SLOPE * np.abs(means - means[stand_in]) + _SD_SLOPE * apart.sd
    return float(away.mean()) * count / (count - 1)


def _strata(means: Floats) -> _Strata:
    import numpy as np

    count = len(means)
    order = np.argsort(means, kind="stable")
    edges = np.linspace(0, count, _STRATA + 1).round().astype(int)
    chosen = order[(edges[:-1] + edges[1:] - 1) // 2]
    sizes = np.diff(edges)
    stand_in = np.empty(count, dtype=np.int64)
    stand_in[order] = np.repeat(chosen, sizes)
    return _Strata(chosen, sizes, stand_in)
