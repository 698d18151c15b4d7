"""Systems of equations whose Cholesky factors are known, by LAPACK."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from .threads import one_thread_of_scipy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["inverse_of_lower", "reduced", "solved", "solved_by_factor"]

_SMALL = 48

# numpy has no triangular solver, and its general one takes twice to four times as long. Arrays are
# handed over transposed, as LAPACK reads them, so that nothing is copied: a lower factor in numpy's
# order is an upper one in LAPACK's.


class _Routines(NamedTuple):
    dpotrs: Any
    dtrsm: Any
    dtrtri: Any


@cache
def _routines() -> _Routines:
    from scipy.linalg import blas, lapack  # type: ignore[import-untyped]

    one_thread_of_scipy()
    return _Routines(lapack.dpotrs, blas.dtrsm, lapack.dtrtri)


def solved(systems: Floats, right: Floats) -> Floats:
    """x, so that `A x = right`.

    Args:
        systems: Symmetric positive definite matrices A, shape `(u, n, n)`.
        right: Shape `(u, n)`.
    """
    import numpy as np

    if right.shape[1] <= _SMALL:
        return np.asarray(np.linalg.solve(systems, right[..., None])[..., 0])
    return solved_by_factor(np.asarray(np.linalg.cholesky(systems)), right)


def solved_by_factor(lower: Floats, right: Floats) -> Floats:
    """x, so that `L Lᵀ x = right`.

    Args:
        lower: Lower Cholesky factors L, shape `(u, n, n)`.
        right: Shape `(u, n)`.
    """
    import numpy as np

    found = np.empty(right.shape)
    if right.size:
        for place, each in enumerate(lower):
            found[place] = _routines().dpotrs(each.T, right[place], lower=0)[0]
    return found


def reduced(lower: Floats, rows: Floats) -> Floats:
    """`L⁻¹ rows`.

    Args:
        lower: A lower triangular matrix L, shape `(n, n)`.
        rows: Shape `(n, d)`; not changed.
    """
    import numpy as np

    if not rows.size:
        return np.zeros(rows.shape)
    return np.asarray(
        _routines().dtrsm(1.0, lower.T, np.ascontiguousarray(rows).T, side=1, lower=0).T
    )


def inverse_of_lower(lower: Floats) -> Floats:
    """The inverses of lower triangular matrices.

    Args:
        lower: Shape `(u, n, n)`; what is above the diagonals must be 0.
    """
    import numpy as np

    found = np.empty(lower.shape)
    if lower.size:
        for place, each in enumerate(lower):
            found[place] = _routines().dtrtri(each.T, lower=0)[0].T
    return found
