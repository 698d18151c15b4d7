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
from itertools import islice
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


class Part(NamedTuple):
    """What one component says of rows, each by itself.

    Attributes:
        mean: Posterior means of their utilities, shape `(n,)`.
        variance: Posterior variances, shape `(n,)`.
        reduced: The rows times Rᵀ: covariances are the prior's less products of these, `(n, k)`.
    """

    mean: Floats
    variance: Floats
    reduced: Floats

    def of(self, places: NDArray[np.int64]) -> Part:
        """The same of some of the rows."""
        return Part(*(each[places] for each in self))


class Side(NamedTuple):
    """One side of comparisons.

    Attributes:
        rows: Shape `(n, d)`.
        parts: What each component says of them.
    """

    rows: Floats
    parts: tuple[Part, ...]


class _Difference(NamedTuple):
    mean: Floats
    variance: Floats


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
        return self.mixed(self.parts(rows))

    def parts(self, features: Floats) -> tuple[Part, ...]:
        """What each component says of rows, for those who need it more than once.

        Args:
            features: Shape `(n, d)`.
        """
        import numpy as np

        before = self.prior.quadratic(features)
        found = []
        for each in self.components:
            reduced = features @ each.reduction.T
            variance = before - np.einsum("ij,ij->i", reduced, reduced)
            found.append(Part(features @ each.mean, np.maximum(variance, 0.0), reduced))
        return tuple(found)

    def mixed(self, parts: Sequence[Part]) -> Utility:
        """Utilities from what the components say."""
        import numpy as np

        mean, square = np.zeros(len(parts[0].mean)), np.zeros(len(parts[0].mean))
        for each, part in zip(self.components, parts, strict=True):
            mean += each.share * part.mean
            square += each.share * (part.variance + part.mean * part.mean)
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
            skew: Whether the skew terms count.

        Returns:
            Array of shape `(n, k)`, in (0, 1).
        """
        left = Side(features, self.parts(features))
        right = left if others is None else Side(others, self.parts(others))
        return self.chances(left, right, skew=skew)

    def chances(
        self, side: Side, others: Side, *, centre: Floats | None = None, skew: bool = True
    ) -> Floats:
        """`probabilities` of rows whose parts are at hand.

        Args:
            side: Rows and what is known of them.
            others: Opponents.
            centre: What was subtracted from either side's rows, shape `(d,)`; skew terms need it.
            skew: Whether the skew terms count.

        Returns:
            Array of shape `(n, k)`, in (0, 1).
        """
        import numpy as np

        total = np.zeros((len(side.rows), len(others.rows)), dtype=side.rows.dtype)
        for each, left, right in zip(self.components, side.parts, others.parts, strict=True):
            # Whichever side is smaller is multiplied, and the terms are added up in place.
            if len(side.rows) < len(others.rows):
                variance = (-2.0 * self.prior.spread(side.rows)) @ others.rows.T
            else:
                variance = side.rows @ (-2.0 * self.prior.spread(others.rows)).T
            variance += (2.0 * left.reduced) @ right.reduced.T
            variance += left.variance[:, None]
            variance += right.variance[None, :]
            mean = left.mean[:, None] - right.mean[None, :]
            if skew and self.planes:
                terms = self._skew(each, side.rows, others.rows, centre)
                mean += terms.mean
                variance += terms.variance
            np.maximum(variance, 0.0, out=variance)
            variance *= np.pi / 8.0
            variance += 1.0
            mean /= np.sqrt(variance, out=variance)
            mean *= 0.5
            np.tanh(mean, out=mean)
            mean += 1.0
            mean *= 0.5 * each.share
            total += mean
        return total

    def _skew(
        self, component: Component, features: Floats, others: Floats, centre: Floats | None
    ) -> _Difference:
        """What the skew terms add to means and variances of differences.

        A skew term of a pair is a product of two columns of either side, so that whatever is linear
        in the terms is one product of narrow matrices. What is quadratic in them is a sum of
        squares of such products, along the axes of the skew weights' own covariance.
        """
        import numpy as np

        width, count = features.shape[1], len(self.planes)
        tail = np.eye(width, dtype=features.dtype)[width - count :]
        # The covariance of each skew weight with every weight.
        spread = self.prior.spread(tail) - (tail @ component.reduction.T) @ component.reduction
        x, y = np.array(self.planes).T
        shift = np.zeros(width, dtype=features.dtype) if centre is None else centre
        left = np.stack([features[:, x] + shift[x], features[:, y] + shift[y]])
        right = np.stack([others[:, y] + shift[y], -others[:, x] - shift[x]])

        def terms(own: Floats, theirs: Floats) -> Floats:
            """The sum over planes of terms, either side weighed, shape `(n, k)`."""
            return np.asarray(np.hstack([*(left * own)]) @ np.hstack([*(right * theirs)]).T)

        every = np.ones(count, dtype=features.dtype)
        variance = terms(2.0 * (features @ spread.T), every)
        variance -= terms(every, 2.0 * (others @ spread.T))
        values, axes = np.linalg.eigh(spread[:, width - count :])
        for value, axis in zip(values, axes.T, strict=True):
            if value > 0.0:
                along = terms(axis * np.sqrt(value), every)
                along *= along
                variance += along
        return _Difference(terms(component.mean[width - count :], every), variance)

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

        named, mean = len(self.attributes), self.mean
        total = features @ mean
        parts = np.empty((len(features), named + 1))
        np.multiply(features[:, :named], mean[:named], out=parts[:, :named])
        parts[:, named] = total - parts[:, :named].sum(axis=1)
        sizes, every = np.abs(parts), np.arange(len(parts))
        # A few maxima cost less than an order; the column after the last is "other".
        largest = np.full((len(parts), min(count, named + 1) + 1), named + 1)
        values = np.empty(largest.shape)
        for place in range(largest.shape[1] - 1):
            found = sizes.argmax(axis=1)
            largest[:, place], values[:, place] = found, parts[every, found]
            sizes[every, found] = -1.0
        values[:, -1] = total - values[:, :-1].sum(axis=1)
        names = np.array([*self.attributes, MEANING, "other"], dtype=object)
        # One by one, as thousands of lists at a time would set off garbage collection.
        named_values = zip(names[largest.ravel()].tolist(), values.ravel().tolist(), strict=True)
        return [dict(islice(named_values, largest.shape[1])) for _ in range(len(parts))]

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
