"""Posteriors of few comparisons that are as sure as they should be.

Laplace's approximation looks at the mode only. Where a prior is wide and comparisons are few, the
posterior of a comparison's logit is a broad slope cut off at 0: its mean lies far above its mode,
and Laplace's approximation is far too unsure, the more so the wider the prior (Kuss and Rasmussen,
2005, "Assessing Approximate Inference for Binary Gaussian Process Classification"). The best
Gaussian in the sense of Kullback and Leibler solves the same equations as the mode, but with slope
and curvature of the likelihood averaged over the posterior (Opper and Archambeau, 2009, "The
Variational Gaussian Approximation Revisited"). One step from the mode towards it is taken here: it
makes up for most of the difference, needs no search, and depends on the mode alone, so that what
holds of modes (one result whatever the way there, exact removal) holds of what it makes.

Labels that may be the wrong way round keep slope and curvature of the mode: their likelihood is
bounded, so that a wide prior does not carry their logit away.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .laplace import Labels, Local, Modes, local_fit, sigmoid, system_of, unit_of
from .triangular import inverse_of_lower, solved_by_factor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["averaged_fit", "logit_variance", "smoothed"]

_FEW_DIGITS = 1e-5


def averaged_fit(labels: Labels, logits: Floats, variance: Floats) -> Local:
    """Slope and curvature of the likelihood, averaged over Gaussians.

    With `κ = 1/√(1 + π v/8)`, the mean of σ is σ(κm) and that of its slope κσ'(κm) (MacKay, 1992).

    Args:
        labels: What was seen.
        logits: Means, shape `(u, n)`.
        variance: Shape `(u, n)`.
    """
    import numpy as np

    at_mode = local_fit(labels, logits)
    count = labels.target.shape[1]
    kappa = 1.0 / np.sqrt(1.0 + math.pi / 8.0 * variance[:, :count])
    sigma = sigmoid(kappa * logits[:, :count])
    clean = labels.flip == 0.0
    slope, curvature = at_mode.slope.copy(), at_mode.curvature.copy()
    slope[:, :count] = np.where(clean, labels.weight * (labels.target - sigma), slope[:, :count])
    curvature[:, :count] = np.where(
        clean, labels.weight * kappa * sigma * (1.0 - sigma), curvature[:, :count]
    )
    return Local(at_mode.loss, slope, curvature)


def logit_variance(kernel: Floats, curvature: Floats, lower: Floats) -> Floats:
    """The variance of each row's logit under its posterior.

    With `B = uI + √W K √W = L Lᵀ`, it is `(u - u² (B⁻¹)ᵢᵢ)/wᵢ`, which needs no product of matrices;
    rows that say next to nothing, where that leaves few digits, are taken by themselves.

    Args:
        kernel: `Z Σ Zᵀ`, shape `(u, n, n)`.
        curvature: W, shape `(u, n)`.
        lower: L, shape `(u, n, n)`.

    Returns:
        Array of shape `(u, n)`, not below 0.
    """
    import numpy as np

    inverse = inverse_of_lower(lower)
    unit = unit_of(kernel)
    share = unit - unit * unit * np.einsum("uij,uij->uj", inverse, inverse)
    variance = share / np.maximum(curvature, 1e-300)
    for place, row in np.argwhere(share < _FEW_DIGITS):
        weighted = np.sqrt(curvature[place]) * kernel[place, row]
        away = inverse[place] @ weighted
        variance[place, row] = kernel[place, row, row] - away @ away
    return np.asarray(np.maximum(variance, 0.0))


def smoothed(kernel: Floats, base: Floats, labels: Labels, modes: Modes) -> Modes:
    """One step from the modes; the evidence stays Laplace's.

    Args:
        kernel: `Z Σ Zᵀ`, shape `(u, n, n)`.
        base: Logits at the prior mean, shape `(u, n)`.
        labels: What was seen in these rows.
        modes: What `find_modes` found for them.
    """
    import numpy as np

    gained = (kernel @ modes.alpha[..., None])[..., 0]
    variance = logit_variance(kernel, modes.curvature, modes.system)
    local = averaged_fit(labels, base + gained, variance)
    root = np.sqrt(local.curvature)
    lower = np.asarray(np.linalg.cholesky(system_of(kernel, root)), dtype=np.float64)
    pull = local.curvature * gained + local.slope
    pushed = root * (kernel @ pull[..., None])[..., 0]
    alpha = pull - root * solved_by_factor(lower, pushed)
    return Modes(alpha, local.curvature, lower, modes.evidence)
