"""Models to compare with: one taste for all, and people as mixtures of a few tastes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...policies.reward import Answers, Population, Prior
from ...policies.reward.laplace import sigmoid
from ...policies.reward.population import posterior_modes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["logistic", "pooled", "prototypes"]

_CERTAIN = 1e-9
_STEPS = 50
_ROUNDS = 20
_RUNS = 10
_SETTLED = 1e-4


def logistic(
    rows: Floats, target: Floats, weight: Floats, ridge: float, start: Floats | None = None
) -> Floats:
    """Weights of a penalised logistic regression.

    Args:
        rows: Shape `(n, d)`.
        target: Labels in [0, 1].
        weight: Shape `(n,)`.
        ridge: Inverse prior variance, positive.
        start: Weights to start from, which change the time and not the result.
    """
    import numpy as np

    theta = np.zeros(rows.shape[1]) if start is None else start

    def loss(weights: Floats) -> float:
        logits = rows @ weights
        each = target * logits - np.logaddexp(0.0, logits)
        return float(0.5 * ridge * weights @ weights - weight @ each)

    for _ in range(_STEPS):
        p = sigmoid(rows @ theta)
        slope = ridge * theta - rows.T @ (weight * (target - p))
        curved = (rows * (weight * p * (1.0 - p))[:, None]).T @ rows
        step = np.linalg.solve(curved + ridge * np.eye(len(theta)), slope)
        size, before = 1.0, loss(theta)
        while loss(theta - size * step) > before and size > 1e-6:
            size *= 0.5
        theta = theta - size * step
        if np.abs(step).max() < 1e-8:
            break
    return theta


def pooled(answers: Answers, *, ridge: float = 1.0) -> Population:
    """Bradley-Terry with one taste for everybody."""
    flat = answers.rows.reshape(-1, answers.rows.shape[2])
    theta = logistic(flat, answers.target.ravel(), answers.weight.ravel(), ridge)
    return Population.of(_certain(theta))


def prototypes(answers: Answers, count: int, *, ridge: float = 1.0, seed: int = 0) -> Population:
    """People as one of a few tastes each, learned together with them (after PAL).

    A new person's weights over the tastes are all that is learned of them. PAL's tastes are points
    and its people convex mixtures of these; here a person is a probability over tastes. People are
    first grouped by k-means on their own weights, since from random shares all tastes end alike.
    """
    import numpy as np

    width = answers.rows.shape[2]
    flat, target = answers.rows.reshape(-1, width), answers.target.ravel()
    shares = _groups(answers, count, seed)
    thetas = np.zeros((count, width))
    router = np.zeros((count, 1))
    for _ in range(_ROUNDS):
        for place in range(count):
            weight = (answers.weight * shares[:, place : place + 1]).ravel()
            thetas[place] = logistic(flat, target, weight, ridge, thetas[place])
        logits = answers.rows @ thetas.T
        said = answers.target[..., None] * logits - np.logaddexp(0.0, logits)
        log = (answers.weight[..., None] * said).sum(axis=1) + router[:, 0]
        before, shares = shares, np.exp(log - log.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        router = np.log(np.maximum(shares.mean(axis=0), 1e-6))[:, None]
        if np.abs(shares - before).max() < _SETTLED:
            break
    return Population(prototypes=tuple(map(_certain, thetas)), router=router)


def _groups(answers: Answers, count: int, seed: int) -> Floats:
    """Each person's group as 0 and 1, shape `(u, count)`: the best of ten runs of k-means."""
    import numpy as np

    prior = Prior.isotropic(answers.rows.shape[2])
    modes = posterior_modes(prior, answers)
    points = (modes.alpha[:, None, :] @ prior.spread(answers.rows))[:, 0]
    rng = np.random.default_rng(seed)
    best, kept = np.inf, np.zeros(len(points), dtype=np.int64)
    for _ in range(_RUNS):
        centres = points[rng.choice(len(points), size=min(count, len(points)), replace=False)]
        for _ in range(_ROUNDS):
            apart = ((points[:, None] - centres[None]) ** 2).sum(axis=2)
            near = apart.argmin(axis=1)
            centres = np.array(
                [
                    points[near == place].mean(axis=0) if (near == place).any() else centre
                    for place, centre in enumerate(centres)
                ]
            )
        loss = float(apart.min(axis=1).sum())
        if loss < best:
            best, kept = loss, near
    return np.eye(count)[kept]


def _certain(theta: Floats) -> Prior:
    import numpy as np

    return Prior(mean=theta, variance=np.full(len(theta), _CERTAIN))
