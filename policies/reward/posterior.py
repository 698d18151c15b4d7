"""The personal reward model: Bayesian logistic regression on antisymmetric rows.

`logit P(a preferred to b) = θᵀ ξ(a, b) + c(a) - c(b)`, with ξ in three blocks: attributes
`φ(a) - φ(b)`; the ideal point `h(a) - h(b)`, whose `c = -½‖h‖²` makes squared distance to a point
linear in that point (PAL, which uses the distance itself or the cosine); and skew terms (GPM),
which can hold tastes that go in circles. The prior is a mixture of prototypes with one covariance,
and the posterior a Gaussian under each, Laplace's moved one averaged step, weighed by evidence;
stored preferences enter as Gaussian observations of single weights. The arithmetic is in
`laplace.py`, `solving.py` and `smoothing.py`.

At this size numpy's linear algebra takes a millisecond or two; a tensor library would add seconds
of import and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from .features import MEANING
from .prior import Prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Utility(NamedTuple):
    """Utilities of several candidates, in logits.

    Attributes:
        mean: Posterior means, shape `(n,)`.
        sd: Posterior standard deviations, shape `(n,)`.
    """

    mean: Floats
    sd: Floats


class Weight(NamedTuple):
    """The posterior of one attribute's weight, in logits per unit."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Component:
    """The posterior under one prototype.

    Attributes:
        share: How likely the prototype is, given the evidence.
        mean: Posterior mean of the weights, shape `(d,)`.
        reduction: R, shape `(n, d)`: the posterior covariance is `Σ - RᵀR`.
        alpha: Dual weights of the evidence, shape `(n,)`: the mean is the prototype's plus `αᵀZΣ`.
        mode: Those of the mode, from which a later fit can start and to which it can be brought
            back; None if it was not fitted in one piece.
    """

    share: float
    mean: Floats
    reduction: Floats
    alpha: Floats
    mode: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """What is known of one user's taste.

    Attributes:
        feature_set: The id of the features it is about.
        attributes: Names of the leading columns; the rest are the embedding, "meaning", and skew.
        planes: Pairs of columns whose skew terms are the last columns, in this order.
        prior: The prior whose covariance Σ all components share.
        components: One per prototype; shares sum to 1.
        comparisons: How many comparisons it rests on.
        observations: How many stored preferences' observations it rests on.
    """

    feature_set: str
    attributes: tuple[str, ...]
    planes: tuple[tuple[int, int], ...]
    prior: Prior
    components: tuple[Component, ...]
    comparisons: int
    observations: int

    @property
    def mean(self) -> Floats:
        """Posterior mean of the weights, shape `(d,)`."""
        import numpy as np

        return np.asarray(sum(each.share * each.mean for each in self.components))

    def single(self) -> Posterior:
        """The same in 32 bits, for where a million pairs matter more than the sixth digit."""
        import numpy as np

        def short(array: Floats) -> Floats:
            return np.asarray(array, dtype=np.float32)

        factor = self.prior.factor
        return replace(
            self,
            prior=Prior(
                mean=short(self.prior.mean),
                variance=short(self.prior.variance),
                factor=None if factor is None else short(factor),
            ),
            components=tuple(
                replace(each, mean=short(each.mean), reduction=short(each.reduction))
                for each in self.components
            ),
        )

    def utility(self, features: Floats) -> Utility:
        """Utilities of rows, each by itself.

        Args:
            features: Shape `(n, d)`.
        """
        import numpy as np

        rows = np.atleast_2d(features)
        before = self.prior.quadratic(rows)
        mean, square = np.zeros(len(rows)), np.zeros(len(rows))
        for each in self.components:
            means, reduced = rows @ each.mean, rows @ each.reduction.T
            variance = np.maximum(before - (reduced * reduced).sum(axis=1), 0.0)
            mean += each.share * means
            square += each.share * (variance + means * means)
        return Utility(mean, np.sqrt(np.maximum(square - mean * mean, 0.0)))

    def covariance(self, features: Floats, others: Floats | None = None) -> Floats:
        """Posterior covariance of utilities.

        Args:
            features: Shape `(n, d)`.
            others: Shape `(k, d)`; by default the same rows.

        Returns:
            Array of shape `(n, k)`.
        """
        import numpy as np

        right = features if others is None else others
        mean = self.mean
        total = self.prior.spread(features) @ right.T
        for each in self.components:
            within = (features @ each.reduction.T) @ (right @ each.reduction.T).T
            away = each.mean - mean
            total = total - each.share * (within - np.outer(features @ away, right @ away))
        return np.asarray(total)

    def probabilities(
        self, features: Floats, others: Floats | None = None, *, skew: bool = True
    ) -> Floats:
        """P(row preferred to other row), by the probit approximation of the logistic integral.

        `σ(μ/√(1 + π s²/8))` with μ and s of the comparison (MacKay, 1992), mixed over prototypes.
        Antisymmetric: P(a, b) + P(b, a) = 1.

        Args:
            features: Shape `(n, d)`, as `transform` gives them, not centred.
            others: Shape `(k, d)`; by default the same rows.
            skew: Whether the skew terms count; most of the time goes into them.

        Returns:
            Array of shape `(n, k)`, in (0, 1).
        """
        import numpy as np

        right = features if others is None else others
        turns = _skew(self.planes, features, right) if skew else ()
        total = np.zeros((len(features), len(right)), dtype=features.dtype)
        for each in self.components:
            mean, variance = _differences(self.prior, each, features, right)
            if turns:
                difference = _Difference(mean, variance)
                self._add_skew(each, features, right, turns=turns, difference=difference)
            np.maximum(variance, 0.0, out=variance)
            variance *= np.pi / 8.0
            variance += 1.0
            mean /= np.sqrt(variance, out=variance)
            mean *= 0.5
            total += 0.5 * each.share * (1.0 + np.tanh(mean, out=mean))
        return total

    def _add_skew(
        self,
        component: Component,
        features: Floats,
        others: Floats,
        *,
        turns: Sequence[Floats],
        difference: _Difference,
    ) -> None:
        """Adds to means and variances of differences, in place, what the skew terms change."""
        import numpy as np

        mean, variance = difference
        width = features.shape[1]
        columns = slice(width - len(turns), width)
        tail = np.eye(width)[columns]
        # The covariance of each skew weight with every weight.
        spread = self.prior.spread(tail) - (tail @ component.reduction.T) @ component.reduction
        among = spread[:, columns]
        left, right = features @ spread.T, others @ spread.T
        for place, turn in enumerate(turns):
            mean += component.mean[columns][place] * turn
            cross = 2.0 * (left[:, place, None] - right[None, :, place])
            for other, weight in enumerate(among[place]):
                cross += weight * turns[other]
            cross *= turn
            variance += cross

    def contributions(self, features: Floats) -> Mapping[str, float]:
        """What each attribute adds to a row's utility, in logits; they sum to its mean.

        Args:
            features: Shape `(d,)`.

        Returns:
            One entry per attribute and one for "meaning", largest in size first.
        """
        products = features * self.mean
        named = len(self.attributes)
        parts = dict(zip(self.attributes, map(float, products[:named]), strict=True))
        parts[MEANING] = float(products[named:].sum())
        return dict(sorted(parts.items(), key=lambda part: -abs(part[1])))

    def top_contributions(self, features: Floats, count: int) -> list[dict[str, float]]:
        """The largest contributions to each row's utility, and the sum of the rest.

        Args:
            features: Shape `(n, d)`.
            count: How many to name.

        Returns:
            For each row what `contributions` gives first, and the rest as "other", at the end.
        """
        import numpy as np

        named = len(self.attributes)
        mean = self.mean
        parts = np.empty((len(features), named + 1))
        parts[:, :named] = features[:, :named] * mean[:named]
        parts[:, named] = features[:, named:] @ mean[named:]
        names = (*self.attributes, MEANING)
        largest = np.argsort(-np.abs(parts), axis=1, kind="stable")[:, :count]
        values = np.take_along_axis(parts, largest, axis=1)
        rest = parts.sum(axis=1) - values.sum(axis=1)
        return [
            {
                **{names[place]: value for place, value in zip(places, row, strict=True)},
                "other": left,
            }
            for places, row, left in zip(
                largest.tolist(), values.tolist(), rest.tolist(), strict=True
            )
        ]

    def weights(self) -> Mapping[str, Weight]:
        """The posterior of each named attribute's weight."""
        import numpy as np

        named = len(self.attributes)
        rows = np.eye(named, len(self.mean))
        found = self.utility(rows)
        return {
            name: Weight(float(mean), float(sd))
            for name, mean, sd in zip(self.attributes, found.mean, found.sd, strict=True)
        }


class _Difference(NamedTuple):
    mean: Floats
    variance: Floats


def _differences(
    prior: Prior, component: Component, features: Floats, others: Floats
) -> _Difference:
    """Means and variances of all differences of utilities, shape `(n, k)`."""
    left, right = features @ component.reduction.T, others @ component.reduction.T
    own = prior.quadratic(features) - (left * left).sum(axis=1)
    theirs = prior.quadratic(others) - (right * right).sum(axis=1)
    # Whichever side is smaller is multiplied, and the terms are added up in place.
    if len(features) < len(others):
        variance = (-2.0 * prior.spread(features)) @ others.T
    else:
        variance = features @ (-2.0 * prior.spread(others)).T
    variance += (2.0 * left) @ right.T
    variance += own[:, None]
    variance += theirs[None, :]
    mean = (features @ component.mean)[:, None] - (others @ component.mean)[None, :]
    return _Difference(mean, variance)


def _skew(
    planes: tuple[tuple[int, int], ...], features: Floats, others: Floats
) -> tuple[Floats, ...]:
    """The skew terms of all pairs, each of shape `(n, k)`."""
    import numpy as np

    return tuple(
        np.outer(features[:, x], others[:, y]) - np.outer(features[:, y], others[:, x])
        for x, y in planes
    )
