"""Laplace's approximation of Bayesian logistic regression, for many people at once.

A person gives tens of comparisons and the rows have hundreds of columns, so everything happens in
the dual: with rows Z and weights α, `θ = m + Σ Zᵀ α`, and a Newton step solves a system as large as
the evidence (Rasmussen and Williams, 2006, algorithm 3.1, with a linear kernel; here the steps are
backtracked, labels carry weights and flip rates, and Gaussian observations sit beside the labels).
People with fewer rows than others are padded with rows of weight 0, which change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .triangular import solved

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEPS = 100
_HALVINGS = 30
_TOLERANCE = 1e-8
_JITTER = 1e-12
_FAR = 0.1
_ALONG = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """What was seen, for `u` people: `t` labelled rows each, then `o` Gaussian observations.

    Attributes:
        target: Probability that the label is right, shape `(u, t)`, in [0, 1].
        weight: Shape `(u, t)`, not negative; 0 for padding.
        flip: Probability that the label is the wrong way round, shape `(u, t)`, in [0, 0.5).
        value: Observed values, shape `(u, o)`.
        precision: Their inverse variances, shape `(u, o)`.
    """

    target: Floats
    weight: Floats
    flip: Floats
    value: Floats
    precision: Floats

    @classmethod
    def plain(cls, target: Floats, weight: Floats, flip: Floats | float = 0.0) -> Labels:
        """Labels without Gaussian observations."""
        import numpy as np

        none = np.zeros((len(target), 0))
        flips = np.broadcast_to(np.asarray(flip, dtype=np.float64), target.shape)
        return cls(target=target, weight=weight, flip=flips, value=none, precision=none)

    def repeated(self, count: int) -> Labels:
        """One person's labels, so many times."""
        import numpy as np

        def wide(array: Floats) -> Floats:
            return np.broadcast_to(array, (count, array.shape[1]))

        return Labels(
            target=wide(self.target),
            weight=wide(self.weight),
            flip=wide(self.flip),
            value=wide(self.value),
            precision=wide(self.precision),
        )


class Modes(NamedTuple):
    """The modes of `u` posteriors.

    Attributes:
        alpha: Dual weights, shape `(u, t + o)`.
        curvature: Of the negative log-likelihood in each row's logit, shape `(u, t + o)`.
        system: Lower Cholesky factors of `I + √W K √W`, shape `(u, t + o, t + o)`.
        evidence: Log marginal likelihood by Laplace's method, shape `(u,)`.
    """

    alpha: Floats
    curvature: Floats
    system: Floats
    evidence: Floats


class Local(NamedTuple):
    """The likelihood at given logits.

    Attributes:
        loss: Negative log-likelihood of each person's rows together, shape `(u,)`.
        slope: Of the log-likelihood in each row's logit, shape `(u, n)`.
        curvature: Of the negative log-likelihood, not below 0, shape `(u, n)`.
    """

    loss: Floats
    slope: Floats
    curvature: Floats


def sigmoid(logits: Floats) -> Floats:
    """The logistic function, without overflow."""
    import numpy as np

    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))


def find_modes(kernel: Floats, base: Floats, labels: Labels, start: Floats | None = None) -> Modes:
    """Finds the modes by Newton steps, each halved until it does not climb.

    Args:
        kernel: `Z Σ Zᵀ`, shape `(u, n, n)`.
        base: Logits at the prior mean, shape `(u, n)`.
        labels: What was seen in these rows.
        start: Dual weights to start from, shape `(u, n)`; without flip rates they change the time
            and not the result.
    """
    import numpy as np

    people, rows = base.shape
    alpha = np.zeros(base.shape) if start is None else start.copy()
    gained = _times(kernel, alpha)
    local = local_fit(labels, base + gained)
    objective = local.loss + 0.5 * (alpha * gained).sum(axis=1)
    active = np.full(people, rows > 0)
    for _ in range(_STEPS):
        if not active.any():
            break
        root = np.sqrt(local.curvature)
        pull = local.curvature * gained + local.slope
        step = pull - root * solved(system_of(kernel, root), root * _times(kernel, pull)) - alpha
        move = _times(kernel, step)
        size = np.where(active, _along(labels, base + gained, alpha, step, move), 0.0)
        for _ in range(_HALVINGS):
            there = local_fit(labels, base + gained + size[:, None] * move)
            trial = alpha + size[:, None] * step
            value = there.loss + 0.5 * (trial * (gained + size[:, None] * move)).sum(axis=1)
            worse = value > objective + 1e-12 * (1.0 + np.abs(objective))
            if not worse.any():
                break
            # Whoever was let go further than a whole step goes back to one first.
            size = np.where(worse, np.minimum(1.0, 0.5 * size), size)
        stuck = worse
        size = np.where(stuck, 0.0, size)
        alpha = alpha + size[:, None] * step
        gained = gained + size[:, None] * move
        if stuck.any():
            there = local_fit(labels, base + gained)
            value = there.loss + 0.5 * (alpha * gained).sum(axis=1)
        local, objective = there, np.asarray(value)
        small = settled(labels, local, np.abs(move).max(axis=1), np.abs(gained).max(axis=1))
        active &= ~(stuck | ((size == 1.0) & small))
    return at_modes(kernel, base, labels, alpha)


def _along(labels: Labels, logits: Floats, alpha: Floats, step: Floats, move: Floats) -> Floats:
    """How far to go along each step: a whole step where it is small, else where it is best.

    By Newton steps on that one number, each of which costs a hundredth of a step on all. One label
    more than before moves the mode along a line, and most of the way is gone at once.

    Args:
        labels: What was seen.
        logits: At the start of the step, shape `(u, n)`.
        alpha: Dual weights there.
        step: Their change.
        move: The logits' change.
    """
    import numpy as np

    size = np.ones(len(move))
    far = np.abs(move).max(axis=1) > _FAR
    if not far.any():
        return size
    tilt, bend = (alpha * move).sum(axis=1), (step * move).sum(axis=1)
    for _ in range(_ALONG):
        there = local_fit(labels, logits + size[:, None] * move)
        slope = (there.slope * move).sum(axis=1) - tilt - size * bend
        curvature = (there.curvature * move * move).sum(axis=1) + bend
        size = np.clip(size + slope / np.maximum(curvature, 1e-300), 0.25, 4.0)
    return np.where(far, size, 1.0)


def settled(labels: Labels, local: Local, move: Floats, gained: Floats) -> NDArray[np.bool_]:
    """Whether a full step was so small that the mode is reached to eight digits.

    Where no label bends the loss the wrong way, steps are Newton's own, and what is left after one
    is about its square.

    Args:
        labels: What was seen.
        local: The likelihood there.
        move: The largest change of a logit, shape `(u,)`.
        gained: The largest logit in size, shape `(u,)`.
    """
    import numpy as np

    curvature = local.curvature[:, : labels.target.shape[1]]
    bent = ((labels.flip > 0.0) & (labels.weight > 0.0) & (curvature <= 0.0)).any(axis=1)
    return np.asarray(np.where(bent, move, move * move) < _TOLERANCE * (1.0 + gained))


def at_modes(kernel: Floats, base: Floats, labels: Labels, alpha: Floats) -> Modes:
    """What belongs to modes that are known by their dual weights.

    Computed from these alone, so that they bring the same posterior back to the last bit.

    Args:
        kernel: `Z Σ Zᵀ`, shape `(u, n, n)`.
        base: Logits at the prior mean, shape `(u, n)`.
        labels: What was seen in these rows.
        alpha: Dual weights of the modes, shape `(u, n)`.
    """
    import numpy as np

    gained = _times(kernel, alpha)
    local = local_fit(labels, base + gained)
    objective = local.loss + 0.5 * (alpha * gained).sum(axis=1)
    root = np.sqrt(local.curvature)
    lower = np.linalg.cholesky(system_of(kernel, root))
    logdet = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    return Modes(alpha, local.curvature, np.asarray(lower), np.asarray(-objective - logdet))


def unit_of(kernel: Floats) -> Floats:
    """The unit beside a kernel, a little more than 1 beside a large one.

    Repeated rows of large numbers would leave nothing of a plain one.

    Args:
        kernel: Shape `(u, n, n)`.

    Returns:
        Array of shape `(u, 1)`.
    """
    import numpy as np

    # No entry of a kernel is larger than its diagonal.
    largest = np.diagonal(kernel, axis1=1, axis2=2).max(axis=1, initial=0.0)[:, None]
    return np.asarray(1.0 + _JITTER * largest)


def system_of(kernel: Floats, root: Floats) -> Floats:
    """`uI + √W K √W`, which Newton's steps solve.

    Args:
        kernel: K, shape `(u, n, n)`.
        root: The square roots of the curvature W, shape `(u, n)`.
    """
    import numpy as np

    system = root[:, :, None] * kernel
    system *= root[:, None, :]
    np.einsum("uii->ui", system)[...] += unit_of(kernel)
    return np.asarray(system)


def _times(kernel: Floats, vector: Floats) -> Floats:
    import numpy as np

    return np.asarray((kernel @ vector[..., None])[..., 0])


def local_fit(labels: Labels, logits: Floats) -> Local:
    """The likelihood of labels at given logits.

    Args:
        labels: What was seen.
        logits: Shape `(u, n)`.
    """
    import numpy as np

    count = labels.target.shape[1]
    labelled, observed = logits[:, :count], logits[:, count:]
    sigma = sigmoid(labelled)
    spread = sigma * (1.0 - sigma)
    # Without flips, log σ is taken directly, where σ itself would round to 0.
    log_p: Floats = -np.logaddexp(0.0, -labelled)
    log_not: Floats = log_p - labelled
    slope: Floats = labels.target - sigma
    curvature: Floats = spread
    if labels.flip.any():
        # With a flip rate e, the label is 1 with p = e + (1 - 2e)σ.
        clean = labels.flip == 0.0
        p = labels.flip + (1.0 - 2.0 * labels.flip) * sigma
        q = (1.0 - 2.0 * labels.flip) * spread
        safe = np.where(clean, 0.5, p)
        ratio = labels.target / safe - (1.0 - labels.target) / (1.0 - safe)
        bend = labels.target / safe**2 + (1.0 - labels.target) / (1.0 - safe) ** 2
        slope = np.where(clean, slope, q * ratio)
        curvature = np.where(clean, spread, q * q * bend - q * (1.0 - 2.0 * sigma) * ratio)
        log_p = np.where(clean, log_p, np.log(safe))
        log_not = np.where(clean, log_not, np.log(1.0 - safe))
    likely = labels.weight * (labels.target * log_p + (1.0 - labels.target) * log_not)
    residual = labels.value - observed
    loss = -likely.sum(axis=1) + 0.5 * (labels.precision * residual**2).sum(axis=1)
    return Local(
        np.asarray(loss),
        np.concatenate([labels.weight * slope, labels.precision * residual], axis=1),
        # Flipped labels can bend the loss the wrong way; a step must not follow that.
        np.concatenate([labels.weight * np.maximum(curvature, 0.0), labels.precision], axis=1),
    )
