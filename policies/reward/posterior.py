"""The personal reward model: Bayesian logistic regression on differences of attributes.

`logit P(a preferred to b) = θᵀ(φ(a) - φ(b))` with `θ ~ N(m, D)`, D diagonal, and the Laplace
approximation of its posterior; stored preferences enter as Gaussian observations of single weights.
A person gives tens of comparisons and the rows have hundreds of columns, so everything happens in
the dual: with rows Z and weights α, `θ = m + D Zᵀ α`, and a Newton step solves a system as large as
the evidence (Rasmussen and Williams, 2006, algorithm 3.1, with a linear kernel; the steps here are
backtracked, labels carry weights and flip rates, and Gaussian observations sit beside the labels).

At this size numpy's linear algebra takes a millisecond or two; a tensor library would add seconds
of import and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ...memory.types import Preference
from .evidence import Comparison
from .features import MEANING, TextFeatures
from .stated import Stated, stated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEPS = 100
_HALVINGS = 30
_TOLERANCE = 1e-7


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """A Gaussian prior over weights.

    Attributes:
        mean: Shape `(d,)`.
        variance: The diagonal of the covariance, shape `(d,)`, positive.
    """

    mean: Floats
    variance: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """What is known of one user's taste.

    Attributes:
        feature_set: The id of the features it is about.
        attributes: Names of the leading columns; the rest are the embedding, "meaning".
        mean: Posterior mean of the weights, shape `(d,)`.
        variance: Diagonal of the prior covariance D, shape `(d,)`.
        reduction: R, shape `(n, d)`: the posterior covariance is `D - RᵀR`.
        comparisons: How many comparisons it rests on.
        observations: How many stored preferences' observations it rests on.
    """

    feature_set: str
    attributes: tuple[str, ...]
    mean: Floats
    variance: Floats
    reduction: Floats
    comparisons: int
    observations: int

    def utility(self, features: Floats) -> Utility:
        """Utilities of rows, each by itself.

        Args:
            features: Shape `(n, d)`.
        """
        import numpy as np

        rows = np.atleast_2d(features)
        reduced = rows @ self.reduction.T
        variance = (rows * rows) @ self.variance - (reduced * reduced).sum(axis=1)
        return Utility(rows @ self.mean, np.sqrt(np.maximum(variance, 0.0)))

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
        prior = (features * self.variance) @ right.T
        return np.asarray(prior - (features @ self.reduction.T) @ (right @ self.reduction.T).T)

    def probabilities(self, features: Floats, others: Floats | None = None) -> Floats:
        """P(row preferred to other row), by the probit approximation of the logistic integral.

        `σ(μ/√(1 + π s²/8))` with μ and s of the difference (MacKay, 1992). Antisymmetric:
        P(a, b) + P(b, a) = 1.

        Args:
            features: Shape `(n, d)`.
            others: Shape `(k, d)`; by default the same rows.

        Returns:
            Array of shape `(n, k)`, in (0, 1).
        """
        import numpy as np

        left = self.utility(features)
        right = left if others is None else self.utility(others)
        variance = (
            left.sd[:, None] ** 2 + right.sd[None, :] ** 2 - 2.0 * self.covariance(features, others)
        )
        difference = left.mean[:, None] - right.mean[None, :]
        scale = np.sqrt(1.0 + np.pi / 8.0 * np.maximum(variance, 0.0))
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * difference / scale)))

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

    def weights(self) -> Mapping[str, Weight]:
        """The posterior of each named attribute's weight."""
        import numpy as np

        named = len(self.attributes)
        spread = self.variance[:named] - (self.reduction[:, :named] ** 2).sum(axis=0)
        sds = np.sqrt(np.maximum(spread, 0.0))
        return {
            name: Weight(float(mean), float(sd))
            for name, mean, sd in zip(self.attributes, self.mean[:named], sds, strict=True)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The evidence as arrays: labelled rows first, Gaussian observations after them."""

    rows: Floats
    target: Floats
    weight: Floats
    flip: Floats
    value: Floats
    precision: Floats


def fit(
    features: TextFeatures,
    comparisons: Sequence[Comparison],
    preferences: Sequence[Preference] = (),
    *,
    prior: Prior | None = None,
) -> Posterior:
    """Fits the posterior to all evidence, always from the prior.

    So removing a comparison and fitting again is the same as never having seen it. Deterministic.

    Args:
        features: What texts are described by.
        comparisons: The user's comparisons.
        preferences: Stored preferences that apply.
        prior: By default mean 0 and variance 1 in every column.

    Raises:
        InputError: A weight, target or flip rate is out of its range, or the prior has the wrong
            shape.
        EmbedderError: The embedder cannot be loaded or run.
    """
    import numpy as np

    for each in comparisons:
        _check(each)
    preferred = features.transform([each.preferred for each in comparisons])
    other = features.transform([each.other for each in comparisons])
    return fit_rows(
        features,
        preferred - other,
        target=np.array([each.target for each in comparisons]),
        weight=np.array([each.weight for each in comparisons]),
        flip=np.array([each.flip for each in comparisons]),
        observed=stated(preferences, features.app_features),
        prior=prior,
    )


def fit_rows(
    features: TextFeatures,
    differences: Floats,
    *,
    target: Floats | None = None,
    weight: Floats | None = None,
    flip: Floats | None = None,
    observed: Sequence[Stated] = (),
    prior: Prior | None = None,
) -> Posterior:
    """Fits the posterior to rows that are computed already.

    Args:
        features: What the rows are about.
        differences: Preferred minus other, shape `(n, d)`.
        target: Probabilities that the label is right, shape `(n,)`; by default 1.
        weight: Positive weights, shape `(n,)`; by default 1.
        flip: Flip rates in [0, 0.5), shape `(n,)`; by default 0.
        observed: Gaussian observations of attributes' weights.
        prior: By default mean 0 and variance 1 in every column.

    Raises:
        InputError: Shapes disagree, or a number is not finite.
    """
    import numpy as np

    count, width = len(differences), features.dimension
    if differences.shape != (count, width) or not np.isfinite(differences).all():
        raise InputError(
            f"differences has shape {differences.shape!r}; it must be finite and {width} wide, "
            f"as {features.id!r} makes it"
        )
    before = prior or Prior(mean=np.zeros(width), variance=np.ones(width))
    if before.mean.shape != (width,) or before.variance.shape != (width,):
        raise InputError(f"the prior has shape {before.mean.shape!r}; it must be {(width,)!r}")
    columns = {name: place for place, name in enumerate(features.attributes)}
    pseudo = np.zeros((len(observed), width))
    for place, each in enumerate(observed):
        pseudo[place, columns[each.attribute]] = 1.0
    data = _Rows(
        rows=np.vstack([differences, pseudo]),
        target=np.ones(count) if target is None else target,
        weight=np.ones(count) if weight is None else weight,
        flip=np.zeros(count) if flip is None else flip,
        value=np.array([each.value for each in observed]),
        precision=np.array([each.sd**-2 for each in observed]),
    )
    mean, reduction = _newton(data, before)
    return Posterior(
        feature_set=features.id,
        attributes=features.attributes,
        mean=mean,
        variance=before.variance,
        reduction=reduction,
        comparisons=count,
        observations=len(observed),
    )


class _Local(NamedTuple):
    """The negative log-likelihood at a point, its downward slope and its curvature, per row."""

    loss: float
    slope: Floats
    curvature: Floats


def _local(data: _Rows, logits: Floats) -> _Local:
    import numpy as np

    count = len(data.target)
    labelled, observed = logits[:count], logits[count:]
    sigma = 0.5 * (1.0 + np.tanh(0.5 * labelled))
    spread = sigma * (1.0 - sigma)
    # With a flip rate e, the label is 1 with p = e + (1 - 2e)σ; without, the logs stay exact.
    clean = data.flip == 0.0
    p = data.flip + (1.0 - 2.0 * data.flip) * sigma
    q = (1.0 - 2.0 * data.flip) * spread
    safe = np.where(clean, 0.5, p)
    ratio = data.target / safe - (1.0 - data.target) / (1.0 - safe)
    bend = data.target / safe**2 + (1.0 - data.target) / (1.0 - safe) ** 2
    slope = np.where(clean, data.target - sigma, q * ratio)
    curvature = np.where(clean, spread, q * q * bend - q * (1.0 - 2.0 * sigma) * ratio)
    log_p = np.where(clean, -np.logaddexp(0.0, -labelled), np.log(safe))
    log_not = np.where(clean, -np.logaddexp(0.0, labelled), np.log(1.0 - safe))
    loss = -data.weight @ (data.target * log_p + (1.0 - data.target) * log_not)
    residual = data.value - observed
    loss += 0.5 * float(data.precision @ residual**2)
    return _Local(
        float(loss),
        np.concatenate([data.weight * slope, data.precision * residual]),
        # Flipped labels can bend the loss the wrong way; a step must not follow that.
        np.concatenate([data.weight * np.maximum(curvature, 0.0), data.precision]),
    )


class _Mode(NamedTuple):
    mean: Floats
    reduction: Floats


def _newton(data: _Rows, prior: Prior) -> _Mode:
    """Finds the mode of the weights, and the reduction of their covariance."""
    import numpy as np

    if not len(data.rows):
        return _Mode(prior.mean.copy(), np.zeros((0, len(prior.mean))))
    scaled = data.rows * prior.variance
    kernel = scaled @ data.rows.T
    base = data.rows @ prior.mean
    alpha = np.zeros(len(base))
    local = _local(data, base)
    objective = local.loss
    for _ in range(_STEPS):
        root = np.sqrt(local.curvature)
        pull = local.curvature * (kernel @ alpha) + local.slope
        system = np.eye(len(base)) + root[:, None] * kernel * root
        full = pull - root * np.linalg.solve(system, root * (kernel @ pull))
        step = full - alpha
        move = kernel @ step
        size = 1.0
        for _ in range(_HALVINGS):
            trial = alpha + size * step
            gained = kernel @ trial
            there = _local(data, base + gained)
            value = there.loss + 0.5 * float(trial @ gained)
            if value <= objective + 1e-12 * (1.0 + abs(objective)):
                break
            size *= 0.5
        else:
            break
        alpha, local, objective = trial, there, value
        if size == 1.0 and float(np.abs(move).max()) < _TOLERANCE * (
            1.0 + float(np.abs(gained).max())
        ):
            break
    root = np.sqrt(local.curvature)
    system = np.eye(len(base)) + root[:, None] * kernel * root
    reduction = np.linalg.solve(np.linalg.cholesky(system), root[:, None] * scaled)
    return _Mode(prior.mean + scaled.T @ alpha, reduction)


def _check(comparison: Comparison) -> None:
    numbers = {
        "target": (comparison.target, 0.0 <= comparison.target <= 1.0),
        "weight": (comparison.weight, 0.0 < comparison.weight < math.inf),
        "flip": (comparison.flip, 0.0 <= comparison.flip < 0.5),
    }
    for name, (value, fits) in numbers.items():
        if not fits:
            raise InputError(
                f"a comparison has {name}={value!r}; target must lie in [0, 1], weight above 0 and "
                "flip in [0, 0.5)"
            )
