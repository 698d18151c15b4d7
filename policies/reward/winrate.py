"""How often each candidate would be preferred to the others: exact for a few, close for many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, cast

from .posterior import Component, Posterior, Side, Utility
from .prior import Prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALL_PAIRS = 512
_STRATA = 48
_EVERY = 3
_REFINED = 40
_PROBIT = math.pi / 8.0
# The largest slope of the probit approximation in the mean, and in the standard deviation, of a
# difference: max σ' and max |z| σ'(z) · max x/(1 + x²) · √(π/8).
_MEAN_SLOPE = 0.25
_SD_SLOPE = 0.2239 * 0.5 * math.sqrt(_PROBIT)


class _Shape(NamedTuple):
    """Standard deviations and skewnesses of values within strata, shape `(k,)`."""

    sd: Floats
    skewness: Floats


class _Strata(NamedTuple):
    """Opponents of about the same utility, taken together.

    Attributes:
        order: All rows, least utility first, shape `(n,)`.
        starts: Where in that order each stratum starts, shape `(k,)`, at most 48.
        sizes: How many each has.
    """

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]

    def means(self, values: Floats) -> Floats:
        """The mean of each stratum, of values or rows of them."""
        import numpy as np

        sums = np.add.reduceat(values[self.order], self.starts, axis=0)
        sizes = self.sizes.astype(values.dtype)
        return np.asarray(sums / (sizes if values.ndim == 1 else sizes[:, None]))

    def moments(self, values: Floats) -> _Shape:
        """How values differ within each stratum; as exact as 64 bits are."""
        import numpy as np

        given = values.astype(np.float64)
        given[self.order] -= np.repeat(self.means(given), self.sizes)
        square = given * given
        sd = np.sqrt(self.means(square))
        third = self.means(square * given)
        skewness = third / np.maximum(sd, 1e-100) ** 3
        return _Shape(sd.astype(values.dtype), skewness.astype(values.dtype))

    def middle(self) -> NDArray[np.int64]:
        """A row of each, the one of median utility."""
        places: NDArray[np.int64] = self.order[self.starts + (self.sizes - 1) // 2]
        return places


class Standing(NamedTuple):
    """How rows do among themselves.

    Attributes:
        centre: The mean row, or zeros if there is only one, shape `(d,)`.
        scores: Win rates, shape `(n,)`.
        utility: Their utilities relative to the mean row.
    """

    centre: Floats
    scores: Floats
    utility: Utility


def win_rates(posterior: Posterior, rows: Floats) -> Floats:
    """Mean P(row preferred to other row) over all other rows.

    Up to 512 rows meet each other. Beyond, rows are put in order of utility and cut into 48 strata,
    and each row meets the mean opponent of every stratum, without skew terms; the best 40 then meet
    all others exactly. Mean and variance of the difference of utilities are the stratum's means,
    and what opponents' utilities differ by adds to the variance. That variance is not the same for
    all opponents: two points of the same mean, spread and skewness stand for it, and what cannot be
    summed up of it is estimated from one opponent of every third stratum.

    Args:
        posterior: The user's.
        rows: As `transform` gives them, shape `(n, d)`, not centred.

    Returns:
        Array of shape `(n,)`, in [0, 1]; 0.5 for an only row.
    """
    return standing(posterior, rows.copy()).scores


def standing(posterior: Posterior, rows: Floats) -> Standing:
    """Win rates, and utilities on the way.

    Args:
        posterior: The user's.
        rows: As for `win_rates`; the centre is subtracted in place.
    """
    import numpy as np

    count = len(rows)
    if count < 2:
        return Standing(np.zeros(rows.shape[1]), np.full(count, 0.5), posterior.utility(rows))
    # Differences are the same about the mean row, and small numbers lose least in 32 bits.
    centre = rows.mean(axis=0)
    rows -= centre
    every = Side(rows, posterior.parts(rows))
    utility = posterior.mixed(every.parts)
    if count <= ALL_PAIRS:
        best = np.arange(count)
        scores = np.empty(count)
    else:
        scores = _against_strata(posterior, every)
        best = np.argsort(-scores, kind="stable")[:_REFINED]
    few = Side(rows[best], tuple(each.of(best) for each in every.parts))
    scores[best] = (posterior.chances(few, every, centre=centre).sum(axis=1) - 0.5) / (count - 1)
    return Standing(centre, np.clip(scores, 0.0, 1.0), utility)


def win_rate_error(posterior: Posterior, rows: Floats) -> float:
    """A bound on how far any of `win_rates` is from the exact mean, skew terms aside.

    Taking opponent j for the mean one of its stratum changes a probability by at most
    `|μⱼ - μ̄|/4 + 0.07 |s - s̄|`, by the slopes of the probit approximation, where s̄² is the mean of
    s² over the stratum. As s is a distance between rows, the root mean square of `s - s̄` is at most
    that between opponents of the stratum, √2 times their spread about its mean. What the spreads of
    means and variances change comes on top. Errors of both signs cancel, so that the true error is
    far smaller.

    Args:
        posterior: The user's, with one prototype.
        rows: Shape `(n, d)`.
    """
    import numpy as np

    count = len(rows)
    if count <= ALL_PAIRS:
        return 0.0
    means = rows @ posterior.mean
    strata = _strata(means)
    within = np.repeat(strata.means(means), strata.sizes)
    away = float(np.abs(means[strata.order] - within).mean())
    centred = rows[strata.order] - np.repeat(strata.means(rows), strata.sizes, axis=0)
    squares = np.add.reduceat(posterior.utility(centred).sd ** 2, strata.starts) / strata.sizes
    spread = float(np.sqrt(2.0 * squares) @ strata.sizes) / count
    every = Side(rows, posterior.parts(rows))
    mean_only = _against_strata(posterior, every, spreads=False)
    change = float(np.abs(_against_strata(posterior, every) - mean_only).max())
    return (_MEAN_SLOPE * away + _SD_SLOPE * spread) * count / (count - 1) + change


def _against_strata(posterior: Posterior, every: Side, *, spreads: bool = True) -> Floats:
    """Win rates against strata, shape `(n,)`; without spreads, against mean opponents only."""
    import numpy as np

    count = len(every.rows)
    strata = _strata(posterior.mixed(every.parts).mean)
    short = posterior.single()
    single = _single(every.rows)
    opponents = np.concatenate([strata.means(single), single[strata.middle()[::_EVERY]]])
    sizes = strata.sizes.astype(np.float32)
    total = np.zeros(count)
    for each, part in zip(short.components, every.parts, strict=True):
        found = _moments(short.prior, each, Side(single, (part,)), opponents, strata)
        mean, variance, spread = found.mean, found.variance, found.spread
        if not spreads:
            total += each.share * (_beating(mean, variance) @ sizes)
            continue
        variance += found.apart
        # Of two points with that mean, spread and skewness the lower is so many spreads below the
        # mean, and the upper is one spread divided by as many above.
        half = 0.5 * found.skewness
        down = np.minimum(np.sqrt(1.0 + half * half) - half, variance / np.maximum(spread, 1e-20))
        chance = _beating(mean, variance - down * spread)
        upper = _beating(mean, variance + spread / np.maximum(down, 1e-20))
        upper -= chance
        down *= down
        upper *= down / (1.0 + down)
        chance += upper
        total += each.share * (chance @ sizes)
    return np.asarray((total - 0.5) / (count - 1))


class _Moments(NamedTuple):
    """Differences of utilities between rows and the opponents of strata.

    Attributes:
        mean: Shape `(n, k)`.
        variance: Their posterior variance, on average over a stratum, shape `(n, k)`.
        apart: What the opponents' means differ by, a variance, shape `(k,)`.
        spread: The standard deviation of the variance over a stratum, shape `(n, k)`.
        skewness: The skewness of the variance over a stratum, shape `(n, k)`.
    """

    mean: Floats
    variance: Floats
    apart: Floats
    spread: Floats
    skewness: Floats


def _moments(
    prior: Prior, component: Component, side: Side, opponents: Floats, strata: _Strata
) -> _Moments:
    import numpy as np

    count = len(strata.sizes)
    means, variances, reduced = map(_single, side.parts[0])
    less = opponents @ component.reduction.T

    def own(of: Floats, reduced: Floats) -> Floats:
        return np.asarray(prior.quadratic(of) - np.einsum("ij,ij->i", reduced, reduced))

    covariance = side.rows @ prior.spread(opponents).T
    covariance -= reduced @ less.T
    along, off = covariance[:, :count], covariance[:, count:]
    off -= along[:, ::_EVERY]
    theirs = strata.means(variances)
    variance = np.maximum((variances[:, None] + theirs) - 2.0 * along, 0.0)
    # How much of an opponent's own variance about the mean one a row shares with it is taken to be
    # the same in all strata; what the opponents of a stratum have of it is known.
    away, away_less = (each[count:] - each[:count:_EVERY] for each in (opponents, less))
    drawn = float(own(away, away_less).sum())
    shared = np.einsum("ij,ij->i", off, off) / max(drawn, 1e-20)
    within = np.maximum(theirs - own(opponents[:count], less[:count]), 0.0)
    differing = strata.moments(variances)
    spread = np.sqrt(differing.sd**2 + np.outer(4.0 * shared, within))
    part = differing.sd / np.maximum(spread, 1e-20)
    return _Moments(
        mean=means[:, None] - strata.means(means),
        variance=variance,
        apart=strata.moments(means).sd ** 2,
        spread=spread,
        skewness=part * part * part * differing.skewness,
    )


def _beating(mean: Floats, variance: Floats) -> Floats:
    """`σ(μ/√(1 + π s²/8))` of differences of utilities."""
    import numpy as np

    scale = _PROBIT * variance
    scale += 1.0
    np.sqrt(scale, out=scale)
    chance = mean / scale
    chance *= 0.5
    np.tanh(chance, out=chance)
    chance *= 0.5
    chance += 0.5
    return chance


def _single(array: Floats) -> Floats:
    import numpy as np

    return cast("Floats", array.astype(np.float32))


def _strata(means: Floats) -> _Strata:
    """Cuts rows by utility, half by their number and half by how far it reaches.

    So a few that lie far out do not share a stratum with many that do not.
    """
    import numpy as np

    count = len(means)
    order = np.argsort(means, kind="stable")
    along = means[order] - means[order[0]]
    along /= max(float(along[-1]), 1e-300)
    along += np.linspace(0.0, 1.0, count)
    inner = np.searchsorted(along, np.linspace(0.0, 2.0, _STRATA + 1)[1:-1])
    edges = np.unique(np.concatenate([[0], inner, [count]]))
    return _Strata(order, edges[:-1], np.diff(edges))
