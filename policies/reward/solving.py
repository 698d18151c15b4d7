"""One person's posterior modes under all prototypes, by whichever system of equations is smaller.

Few comparisons: the system of `laplace.py`, as large as the evidence. More of them than columns:
with `Σ = S Sᵀ` and `θ = m + S z`, Newton steps on z, whose system is as large as the columns, and
thousands of comparisons take a fraction of a second. Both end at the same posterior, and give it in
the same form: dual weights, and a reduction R of the covariance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .laplace import (
    Labels,
    Modes,
    at_modes,
    find_modes,
    local_fit,
    settled,
)
from .prior import Prior
from .smoothing import averaged_fit, logit_variance, smoothed
from .threads import one_thread
from .triangular import reduced, solved

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Evidence", "Solution", "settle", "solve"]

_STEPS = 100
_HALVINGS = 30


class Evidence(NamedTuple):
    """Rows of one person, and what a prior makes of them.

    Attributes:
        rows: Comparisons, then observed columns, shape `(n, d)`.
        spread: The rows times the prior's covariance, shape `(n, d)`.
        base: Logits at each prototype's mean, shape `(k, n)`.
        prior: Its covariance is that of all prototypes.
    """

    rows: Floats
    spread: Floats
    base: Floats
    prior: Prior

    @property
    def wide(self) -> bool:
        """Whether there are more rows than columns to solve for."""
        return len(self.rows) > self.width

    @property
    def width(self) -> int:
        """How many columns there are to solve for."""
        extra = 0 if self.prior.factor is None else len(self.prior.factor)
        return int(self.rows.shape[1]) + extra


class Solution(NamedTuple):
    """Modes under k prototypes.

    Attributes:
        alpha: Dual weights, shape `(k, n)`.
        logits: Of each row at the mode, shape `(k, n)`.
        curvature: Of the negative log-likelihood in each row's logit, shape `(k, n)`.
        evidence: Log marginal likelihood by Laplace's method, shape `(k,)`.
        system: Lower Cholesky factors, of `I + √W K √W` or, if wide, of `I + Sᵀ Zᵀ W Z S`.
        kernel: `Z Σ Zᵀ` for each prototype, shape `(k, n, n)`; None if wide.
    """

    alpha: Floats
    logits: Floats
    curvature: Floats
    evidence: Floats
    system: Floats
    kernel: Floats | None = None

    def variance(self, evidence: Evidence) -> Floats:
        """Of each row's logit under the posteriors, shape `(k, n)`."""
        with one_thread():
            return self._variance(evidence)

    def _variance(self, evidence: Evidence) -> Floats:
        import numpy as np

        if self.kernel is None:
            left = np.linalg.solve(self.system, evidence.prior.whitened(evidence.rows).T)
            return np.asarray((left**2).sum(axis=1))
        return logit_variance(self.kernel, self.curvature, self.system)

    def smoothed(self, evidence: Evidence, labels: Labels) -> Solution:
        """One step towards the best Gaussian, where a label allows it; see `smoothing.py`.

        Args:
            evidence: What was solved.
            labels: What was seen, the same for each prototype.
        """
        if not (labels.flip == 0.0).any():
            return self
        with one_thread():
            return self._smoothed(evidence, labels.repeated(len(self.alpha)))

    def _smoothed(self, evidence: Evidence, labels: Labels) -> Solution:
        import numpy as np

        if self.kernel is not None:
            modes = Modes(self.alpha, self.curvature, self.system, self.evidence)
            better = smoothed(self.kernel, evidence.base, labels, modes)
            return _of_modes(evidence, self.kernel, better)
        local = averaged_fit(labels, self.logits, self._variance(evidence))
        rows = evidence.prior.whitened(evidence.rows)
        gained = self.logits - evidence.base
        pull = local.curvature * gained + local.slope
        unit = np.eye(rows.shape[1])
        system = np.stack([unit + (rows.T * each) @ rows for each in local.curvature])
        weights = np.linalg.solve(system, (pull @ rows)[..., None])[..., 0]
        reached = weights @ rows.T
        return Solution(
            alpha=pull - local.curvature * reached,
            logits=evidence.base + reached,
            curvature=local.curvature,
            evidence=self.evidence,
            system=np.linalg.cholesky(system),
        )

    def reduction(self, place: int, evidence: Evidence) -> Floats:
        """R, so that the posterior covariance under a prototype is `Σ - RᵀR`."""
        with one_thread():
            return self._reduction(place, evidence)

    def _reduction(self, place: int, evidence: Evidence) -> Floats:
        import numpy as np

        if self.kernel is not None:
            scaled = np.sqrt(self.curvature[place])[:, None] * evidence.spread
            return reduced(self.system[place], scaled)
        precision = self.system[place] @ self.system[place].T
        values, vectors = np.linalg.eigh(precision - np.eye(len(precision)))
        kept = values > 1e-12 * max(float(values[-1]), 1e-300)
        values, vectors = values[kept], vectors[:, kept]
        scale = np.sqrt(values / (1.0 + values))
        return scale[:, None] * _unwhitened(evidence.prior, vectors.T)


def solve(
    evidence: Evidence,
    labels: Labels,
    start: Floats | None = None,
    *,
    before: Solution | None = None,
) -> Solution:
    """Finds the modes.

    Args:
        evidence: The rows.
        labels: What was seen in them, the same for each prototype, shapes `(1, …)`.
        start: Dual weights to start from, shape `(k, n)`.
        before: What was found for the same rows with other labels: where to start instead.
    """
    import numpy as np

    if before is not None:
        start = before.alpha
    with one_thread():
        if not evidence.wide:
            known = None if before is None else before.kernel
            kernel = _kernel(evidence) if known is None else known
            wide = labels.repeated(len(kernel))
            return _of_modes(evidence, kernel, find_modes(kernel, evidence.base, wide, start))
        rows = evidence.prior.whitened(evidence.rows)
        begin = [None] * len(evidence.base) if start is None else list(start)
        found = [
            _mode(rows, base, labels, each) for base, each in zip(evidence.base, begin, strict=True)
        ]
        return _at_primal(evidence, rows, labels, np.stack(found))


def settle(evidence: Evidence, labels: Labels, alpha: Floats) -> Solution:
    """The solution whose dual weights are known, to the last bit.

    Args:
        evidence: The rows.
        labels: What was seen in them.
        alpha: What `solve` found, shape `(k, n)`.
    """
    with one_thread():
        if evidence.wide:
            return _at_primal(evidence, evidence.prior.whitened(evidence.rows), labels, alpha)
        kernel = _kernel(evidence)
        modes = at_modes(kernel, evidence.base, labels.repeated(len(kernel)), alpha)
        return _of_modes(evidence, kernel, modes)


def _kernel(evidence: Evidence) -> Floats:
    import numpy as np

    # A product of rows with themselves takes half the time of one with others.
    rows = evidence.prior.whitened(evidence.rows)
    kernel = rows @ rows.T
    return np.broadcast_to(kernel, (len(evidence.base), *kernel.shape))


def _of_modes(evidence: Evidence, kernel: Floats, modes: Modes) -> Solution:
    return Solution(
        alpha=modes.alpha,
        logits=evidence.base + (kernel @ modes.alpha[..., None])[..., 0],
        curvature=modes.curvature,
        evidence=modes.evidence,
        system=modes.system,
        kernel=kernel,
    )


def _at_primal(evidence: Evidence, rows: Floats, labels: Labels, alpha: Floats) -> Solution:
    import numpy as np

    weights = alpha @ rows
    logits = evidence.base + weights @ rows.T
    local = local_fit(labels.repeated(len(alpha)), logits)
    unit = np.eye(rows.shape[1])
    systems = np.stack([unit + (rows.T * each) @ rows for each in local.curvature])
    lower = np.linalg.cholesky(systems)
    logdet = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    return Solution(
        alpha=alpha,
        logits=logits,
        curvature=local.curvature,
        evidence=-local.loss - 0.5 * (weights * weights).sum(axis=1) - logdet,
        system=lower,
    )


def _unwhitened(prior: Prior, rows: Floats) -> Floats:
    """S applied to rows, where `Σ = S Sᵀ` and `prior.whitened(x)` is `Sᵀ x`."""
    import numpy as np

    width = len(prior.variance)
    plain = rows[:, :width] * np.sqrt(prior.variance)
    return plain if prior.factor is None else plain + rows[:, width:] @ prior.factor


def _mode(rows: Floats, base: Floats, labels: Labels, start: Floats | None) -> Floats:
    """Dual weights of the mode under one prototype, by Newton steps on the weights."""
    import numpy as np

    unit = np.eye(rows.shape[1])
    weights = np.zeros(rows.shape[1]) if start is None else start @ rows
    gained = rows @ weights
    local = local_fit(labels, (base + gained)[None])
    value = float(local.loss[0]) + 0.5 * float(weights @ weights)
    for _ in range(_STEPS):
        system = unit + (rows.T * local.curvature[0]) @ rows
        step = solved(system[None], (local.slope[0] @ rows - weights)[None])[0]
        move = rows @ step
        size = 1.0
        for _ in range(_HALVINGS):
            there = local_fit(labels, (base + gained + size * move)[None])
            trial = weights + size * step
            reached = float(there.loss[0]) + 0.5 * float(trial @ trial)
            if reached <= value + 1e-12 * (1.0 + abs(value)):
                break
            size *= 0.5
        else:
            break
        weights, gained, value, local = trial, gained + size * move, reached, there
        if size == 1.0 and settled(labels, local, np.abs(move).max(), np.abs(gained).max())[0]:
            break
    return np.asarray(local.slope[0])
