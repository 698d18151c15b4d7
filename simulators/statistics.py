"""How sure a number is: bootstrap intervals over people, paired differences, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Interval", "bootstrap", "calibration_error", "log_loss"]

_DRAWS = 2000


class Interval(NamedTuple):
    """A mean with its 95% bootstrap interval."""

    mean: float
    low: float
    high: float


def bootstrap(values: Floats, clusters: NDArray[np.int64], *, seed: int) -> Interval:
    """The mean of values, with an interval that draws whole clusters again.

    For a paired comparison, give differences.

    Args:
        values: Shape `(n,)`, at least one.
        clusters: What belongs together (a person, a request), as integers, shape `(n,)`.
        seed: Of the draws.
    """
    import numpy as np

    _, places = np.unique(clusters, return_inverse=True)
    sums, counts = np.bincount(places, weights=values), np.bincount(places)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(sums), np.full(len(sums), 1.0 / len(sums)), size=_DRAWS)
    means = (drawn @ sums) / np.maximum(drawn @ counts, 1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def log_loss(chances: Floats, target: Floats) -> Floats:
    """Negative log-likelihood of each label, in nats.

    Args:
        chances: P(label 1), shape `(n,)`.
        target: Labels, 0 or 1.
    """
    import numpy as np

    p = np.clip(chances, 1e-12, 1.0 - 1e-12)
    return np.asarray(-(target * np.log(p) + (1.0 - target) * np.log(1.0 - p)))


def calibration_error(chances: Floats, target: Floats, *, bins: int = 10) -> float:
    """Expected calibration error: how far confidence is from accuracy, by bins of confidence.

    Args:
        chances: P(label 1), shape `(n,)`; confidence is the larger of it and its complement.
        target: Labels, 0 or 1.
        bins: Of equal width from 0.5 to 1.
    """
    import numpy as np

    confidence = np.maximum(chances, 1.0 - chances)
    right = (chances > 0.5) == (target > 0.5)
    place = np.minimum(((confidence - 0.5) * 2 * bins).astype(int), bins - 1)
    gaps = [abs(float((confidence - right)[place == each].sum())) for each in range(bins)]
    return sum(gaps) / len(chances)
