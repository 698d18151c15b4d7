"""How sure a number is: bootstrap intervals over people, paired differences, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Interval", "Resampler", "bootstrap", "calibration_error", "log_loss"]

_DRAWS = 2000


class Interval(NamedTuple):
    """A mean with its 95% bootstrap interval."""

    mean: float
    low: float
    high: float


class Resampler:
    """Draws whole clusters again, the same draws for every measure on them.

    Args:
        clusters: What belongs together (a person, a request), as integers, shape `(n,)`.
        seed: Of the draws.
    """

    def __init__(self, clusters: NDArray[np.int64], *, seed: int) -> None:
        import numpy as np

        _, self._places = np.unique(clusters, return_inverse=True)
        self._counts = np.bincount(self._places)
        size = len(self._counts)
        rng = np.random.default_rng(seed)
        # Counts of draws are small numbers, exact in 32 bits.
        self._drawn = rng.multinomial(size, np.full(size, 1.0 / size), size=_DRAWS).astype("f4")

    def interval(self, values: Floats) -> Interval:
        """The mean of values with an interval; for a paired comparison, give differences.

        Args:
            values: Shape `(n,)`, at least one.
        """
        import numpy as np

        sums = np.bincount(self._places, weights=values)
        both = self._drawn @ np.stack([sums, self._counts], axis=1).astype("f4")
        low, high = np.percentile(both[:, 0] / np.maximum(both[:, 1], 1.0), [2.5, 97.5])
        return Interval(float(values.mean()), float(low), float(high))


def bootstrap(values: Floats, clusters: NDArray[np.int64], *, seed: int) -> Interval:
    """The mean of values, with an interval that draws whole clusters again.

    For a paired comparison, give differences.

    Args:
        values: Shape `(n,)`, at least one.
        clusters: What belongs together (a person, a request), as integers, shape `(n,)`.
        seed: Of the draws.
    """
    return Resampler(clusters, seed=seed).interval(values)


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
