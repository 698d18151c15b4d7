"""What is believed of a person before they have answered anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prior:
    """A Gaussian prior over weights, with covariance `diag(variance) + factorᵀ factor`.

    Attributes:
        mean: Shape `(d,)`.
        variance: Shape `(d,)`, not negative; a weight of variance 0 stays at its mean.
        factor: Shape `(r, d)`: what varies together. None if the weights are independent.
    """

    mean: Floats
    variance: Floats
    factor: Floats | None = None

    def spread(self, rows: Floats) -> Floats:
        """Rows times the covariance.

        Args:
            rows: Shape `(..., d)`.
        """
        spread = rows * self.variance
        return spread if self.factor is None else spread + (rows @ self.factor.T) @ self.factor

    def quadratic(self, rows: Floats) -> Floats:
        """The variance of each row's utility, `xᵀΣx`, without a copy of the rows.

        Args:
            rows: Shape `(n, d)`.

        Returns:
            Array of shape `(n,)`.
        """
        import numpy as np

        found = np.einsum("ij,ij,j->i", rows, rows, self.variance)
        if self.factor is not None:
            along = rows @ self.factor.T
            found = found + (along * along).sum(axis=1)
        return np.asarray(found)

    def whitened(self, rows: Floats) -> Floats:
        """Rows whose inner products are those of these rows under the covariance.

        Under a prior of variance 1 they predict as the given rows do under this one with mean 0.

        Args:
            rows: Shape `(..., d)`.

        Returns:
            Array of shape `(..., d + r)`.
        """
        import numpy as np

        scaled = rows * np.sqrt(self.variance)
        if self.factor is None:
            return np.asarray(scaled)
        return np.concatenate([scaled, rows @ self.factor.T], axis=-1)

    def check(self, width: int) -> None:
        """Refuses a prior of another width.

        Raises:
            InputError: A shape disagrees with `width`, or a number is not finite.
        """
        import numpy as np

        arrays = [self.mean, self.variance, *([] if self.factor is None else [self.factor])]
        fits = all(each.shape[-1] == width and np.isfinite(each).all() for each in arrays)
        if not fits or self.mean.shape != (width,) or self.variance.shape != (width,):
            raise InputError(
                f"the prior has shapes {[each.shape for each in arrays]!r}; each must be finite "
                f"and {width} wide"
            )

    @classmethod
    def isotropic(cls, width: int, variance: float = 1.0) -> Prior:
        """Mean 0 and the same variance for each of `width` weights."""
        import numpy as np

        return cls(mean=np.zeros(width), variance=np.full(width, variance))

    @classmethod
    def shrunk(cls, mean: Floats, covariance: Floats, share: float) -> Prior:
        """A covariance moved a share of the way towards its own diagonal.

        Args:
            mean: Shape `(d,)`.
            covariance: Shape `(d, d)`, positive semidefinite.
            share: In [0, 1]; 1 keeps the diagonal only.
        """
        import numpy as np

        diagonal = np.maximum(np.diag(covariance), 0.0)
        if share >= 1.0:
            return cls(mean=mean, variance=diagonal)
        values, vectors = np.linalg.eigh(covariance)
        kept = values > 1e-10 * max(float(values[-1]), 1e-300)
        factor = (vectors[:, kept] * np.sqrt((1.0 - share) * values[kept])).T
        return cls(mean=mean, variance=share * diagonal, factor=factor)

    def scaled(self, mean: float, covariance: float) -> Prior:
        """The same prior with its mean and its covariance multiplied."""
        factor = None if self.factor is None else self.factor * covariance**0.5
        return Prior(mean=self.mean * mean, variance=self.variance * covariance, factor=factor)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """Prototypes of people, and which of them a context calls for.

    A mixture prior with a linear-softmax router (after MiCRo), whose prototypes are Gaussians.

    Attributes:
        prototypes: At least one, of the same width.
        router: Shape `(prototypes, c + 1)`: logits of each prototype, linear in a context of `c`
            numbers and a constant 1 at the end.
    """

    prototypes: tuple[Prior, ...]
    router: Floats

    def shares(self, context: Floats | None = None) -> Floats:
        """How likely each prototype is in a context.

        Args:
            context: Shape `(..., c)`; None stands for zeros.

        Returns:
            Array of shape `(..., prototypes)`, rows of sum 1.
        """
        import numpy as np

        width = self.router.shape[1] - 1
        given = np.zeros(width) if context is None else np.asarray(context, dtype=np.float64)
        if given.shape[-1] != width or not np.isfinite(given).all():
            raise InputError(
                f"the context has shape {given.shape!r}; it must be {width} finite numbers"
            )
        logits = given @ self.router[:, :-1].T + self.router[:, -1]
        shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=-1, keepdims=True))

    @classmethod
    def of(cls, prior: Prior) -> Population:
        """A population with one prototype."""
        import numpy as np

        return cls(prototypes=(prior,), router=np.zeros((1, 1)))
