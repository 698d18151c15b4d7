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

from .laplace import Labels, Local, Modes, inverse_of_lower, jittered_unit, local_fit, sigmoid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["averaged_fit", "smoothed"]


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


def smoothed(kernel: Floats, base: Floats, labels: Labels, modes: Modes) -> Modes:
    """One step from the modes; the evidence stays Laplace's.

    Args:
        kernel: `Z Σ Zᵀ`, shape `(u, n, n)`.
        base: Logits at the prior mean, shape `(u, n)`.
        labels: What was seen in these rows.
        modes: What `find_modes` found for them.
    """
    import numpy as np

    unit = jittered_unit(kernel)
    gained = (kernel @ modes.alpha[..., None])[..., 0]
    reduced = inverse_of_lower(modes.system) @ (np.sqrt(modes.curvature)[..., None] * kernel)
    before = np.diagonal(kernel, axis1=1, axis2=2)
    variance = np.maximum(before - (reduced * reduced).sum(axis=1), 0.0)
    local = averaged_fit(labels, base + gained, variance)
    root = np.sqrt(local.curvature)
    system = unit + root[:, :, None] * kernel * root[:, None, :]
    lower = np.asarray(np.linalg.cholesky(system), dtype=np.float64)
    pull = local.curvature * gained + local.slope
    pushed = (root * (kernel @ pull[..., None])[..., 0])[..., None]
    alpha = pull - root * np.linalg.solve(system, pushed)[..., 0]
    return Modes(alpha, local.curvature, lower, modes.evidence)
