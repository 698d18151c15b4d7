"""Draws from a posterior: to explore among candidates, and to write for tastes that are plausible.

Thompson (1933): act as if a taste drawn from the posterior were the true one, so that each option
is tried as often as it is likely to be the best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InputError
from .posterior import Component, Posterior
from .prior import Prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SLOTS", "draw", "draw_utilities", "drawn_scores", "thompson_slots"]

SLOTS = 32
_FEW = 64


def draw(posterior: Posterior, count: int, seed: int | np.random.Generator | None) -> Floats:
    """Draws weights: a prototype by its share, then from its Gaussian.

    With Σ = BBᵀ and a covariance Σ - RᵀR, some M has R = MBᵀ, and with M = U diag(s) Vᵀ a draw is
    `m + B(z + V(√(1 - s²) - 1)Vᵀz)` for standard normal z: exact, and as cheap as the evidence is
    short.

    Args:
        posterior: The user's.
        count: How many, at least 1.
        seed: Of the draws; None takes fresh ones.

    Returns:
        Array of shape `(count, d)`.

    Raises:
        InputError: `count` is below 1.
    """
    import numpy as np

    if count < 1:
        raise InputError(f"count is {count!r}; draw at least one")
    rng = np.random.default_rng(seed)
    shares = np.array([each.share for each in posterior.components])
    chosen = rng.choice(len(shares), size=count, p=shares / shares.sum())
    prior = posterior.prior
    inner = prior.mean.shape[0] + (0 if prior.factor is None else len(prior.factor))
    normal = rng.standard_normal((count, inner))
    weights = np.empty((count, prior.mean.shape[0]))
    for place in np.unique(chosen):
        component = posterior.components[place]
        rows = chosen == place
        shrunk = _shrunk(prior, component, normal[rows])
        weights[rows] = component.mean + _coloured(prior, shrunk)
    return weights


def _coloured(prior: Prior, normal: Floats) -> Floats:
    """B z for rows z, where the prior's covariance is BBᵀ."""
    import numpy as np

    width = prior.mean.shape[0]
    own = normal[:, :width] * np.sqrt(prior.variance)
    return np.asarray(own if prior.factor is None else own + normal[:, width:] @ prior.factor)


def _shrunk(prior: Prior, component: Component, normal: Floats) -> Floats:
    """What is left of standard normal rows where the evidence has spoken."""
    import numpy as np

    if not len(component.reduction):
        return normal
    deviation = np.sqrt(prior.variance)
    if prior.factor is None:
        known = deviation > 0
        whitened = np.where(known, component.reduction / np.where(known, deviation, 1.0), 0.0)
    else:
        root = np.hstack([np.diag(deviation), prior.factor.T])
        whitened = np.linalg.lstsq(root, component.reduction.T, rcond=None)[0].T
    _, sizes, directions = np.linalg.svd(whitened, full_matrices=False)
    left = np.sqrt(np.clip(1.0 - sizes**2, 0.0, 1.0)) - 1.0
    return np.asarray(normal + ((normal @ directions.T) * left) @ directions)


def draw_utilities(
    posterior: Posterior, rows: Floats, count: int, seed: int | np.random.Generator | None
) -> Floats:
    """Draws utilities of a few candidates together, without drawing all the weights.

    Args:
        posterior: The user's.
        rows: Shape `(n, d)`.
        count: How many draws, at least 1.
        seed: Of the draws; None takes fresh ones.

    Returns:
        Array of shape `(count, n)`, in logits.

    Raises:
        InputError: `count` is below 1.
    """
    import numpy as np

    if len(rows) > _FEW:
        return draw(posterior, count, seed) @ rows.T
    if count < 1:
        raise InputError(f"count is {count!r}; draw at least one")
    rng = np.random.default_rng(seed)
    shares = np.array([each.share for each in posterior.components])
    chosen = rng.choice(len(shares), size=count, p=shares / shares.sum())
    normal = rng.standard_normal((count, len(rows)))
    before = posterior.prior.spread(rows) @ rows.T
    drawn = np.empty((count, len(rows)))
    for place in np.unique(chosen):
        component = posterior.components[place]
        reduced = rows @ component.reduction.T
        values, vectors = np.linalg.eigh(before - reduced @ reduced.T)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        drawn[chosen == place] = rows @ component.mean + normal[chosen == place] @ root.T
    return drawn


def drawn_scores(posterior: Posterior, weights: Floats, rows: Floats) -> Floats:
    """How each candidate does against the average one, if a draw were the user's taste.

    It is the mean of the logits of beating each candidate, skew terms and all: those are linear in
    the opponent, so that the mean opponent stands for all.

    Args:
        posterior: Whose weights were drawn.
        weights: Shape `(k, d)`.
        rows: As `transform` gives them, shape `(n, d)`.

    Returns:
        Array of shape `(k, n)`, in logits.
    """
    import numpy as np

    mean = rows.mean(axis=0)
    scores = weights @ (rows - mean).T
    first = rows.shape[1] - len(posterior.planes)
    for place, (x, y) in enumerate(posterior.planes, first):
        turn = rows[:, x] * mean[y] - rows[:, y] * mean[x]
        scores += weights[:, place, None] * turn
    return np.asarray(scores)


def thompson_slots(
    posterior: Posterior, rows: Floats, seed: int | np.random.Generator | None
) -> list[int]:
    """An order in which every place goes to the best of a fresh draw, without repeats.

    In-slate Thompson sampling as in "Dynamic Slate Recommendation with Gated Recurrent Units and
    Thompson Sampling" (Eide et al., 2021): items that the posterior is unsure of take turns, where
    one draw for all places would fill a slate with items that are alike. The first 32 places have
    draws of their own; the rest go by the last of them.

    Args:
        posterior: The user's.
        rows: As `transform` gives them, shape `(n, d)`.
        seed: Of the draws; None takes fresh ones.

    Returns:
        The places of the rows, in order.
    """
    import numpy as np

    count = len(rows)
    if count == 0:
        return []
    slots = min(count, SLOTS)
    scores = drawn_scores(posterior, draw(posterior, slots, seed), rows)
    taken = np.zeros(count, dtype=bool)
    order: list[int] = []
    for slot in range(slots):
        best = int(np.argmax(np.where(taken, -np.inf, scores[slot])))
        taken[best] = True
        order.append(best)
    rest = np.argsort(-scores[-1], kind="stable")
    return order + [int(place) for place in rest if not taken[place]]
