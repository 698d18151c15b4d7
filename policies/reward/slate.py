"""Slates: how likely each of several options is to be picked, or none of them, and which to show.

A slate of k options is a multinomial logit over their utilities and that of "none of these", the
softmax over what was shown of "Dynamic Slate Recommendation with Gated Recurrent Units and Thompson
Sampling" (Eide et al., 2021). What differs: utilities are linear in a user's weights, whose
posterior is a Gaussian rather than a recurrent state. Skew terms are about pairs and play no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...errors import InputError
from .posterior import Component, Posterior
from .prior import Prior
from .thompson import draw_utilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "NONE_UTILITY",
    "Shown",
    "choice_probabilities",
    "choose_slate",
    "fit_slates",
    "slate_log_likelihood",
]

NONE_UTILITY = 0.0
"""The utility of "none of these": that of an ordinary text."""

_DRAWS = 256
_STEPS = 100
_HALVINGS = 30
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """A slate that was shown, and what came of it.

    Attributes:
        rows: The options, as `transform` gives them, shape `(k, d)`.
        picked: Which was picked, from 0; None for none of these.
        none: Whether "none of these" could be picked.
        weight: How many ordinary choices it counts for, above 0.
    """

    rows: Floats
    picked: int | None
    none: bool = True
    weight: float = 1.0


def choice_probabilities(
    posterior: Posterior,
    rows: Floats,
    *,
    none: float | None = NONE_UTILITY,
    draws: int = _DRAWS,
    seed: int = 0,
) -> Floats:
    """How likely each option is to be picked, over all the tastes that the user may have.

    Args:
        posterior: The user's.
        rows: The options, shape `(k, d)`.
        none: The utility of picking none; None if one has to be picked.
        draws: Of tastes; the error falls with their square root.
        seed: Of those draws.

    Returns:
        Array of shape `(k + 1,)`, or `(k,)` if one has to be picked; it sums to 1, and "none" comes
        last.

    Raises:
        InputError: There are no options.
    """
    import numpy as np

    if not len(rows):
        raise InputError("the slate is empty; give at least one option")
    utilities = draw_utilities(posterior, rows, draws, seed)
    if none is not None:
        utilities = np.hstack([utilities, np.full((draws, 1), none)])
    return np.asarray(_softmax(utilities).mean(axis=0))


def slate_log_likelihood(
    utilities: Floats, picked: int | None, *, none: float | None = NONE_UTILITY
) -> float:
    """The log-probability of a pick, at given utilities.

    Args:
        utilities: Of the options shown, shape `(k,)`.
        picked: Which was picked; None for none of these.
        none: The utility of picking none; None if one had to be picked.

    Raises:
        InputError: No such option was shown, or none could not be picked and was.
    """
    import numpy as np

    _check_pick(picked, len(utilities), none is not None)
    options = utilities if none is None else np.append(utilities, none)
    at = len(utilities) if picked is None else picked
    return float(options[at] - np.logaddexp.reduce(options))


def choose_slate(
    posterior: Posterior,
    rows: Floats,
    size: int,
    *,
    how: Literal["best", "thompson"] = "best",
    none: float | None = NONE_UTILITY,
    draws: int = _DRAWS,
    seed: int = 0,
) -> list[int]:
    """Which options to show.

    "best" adds, one by one, the option that raises most the expected utility of the best of the
    slate, "none" being one of its options: a slate of which something suits the user, whatever
    their taste turns out to be. That gain shrinks as the slate grows (it is submodular), so that
    greedy choice reaches at least 1 - 1/e of what is possible (Nemhauser et al., 1978). "thompson"
    gives each place to the best of a fresh draw, without repeats.

    Args:
        posterior: The user's.
        rows: All that can be shown, shape `(n, d)`.
        size: How many to show, at least 1; all if there are fewer.
        how: To please now, or to explore as well.
        none: The utility of picking none; None if one has to be picked.
        draws: Of tastes, for "best".
        seed: Of all draws.

    Returns:
        Places of the rows, in the order of choice.

    Raises:
        InputError: `size` is below 1.
    """
    import numpy as np

    if size < 1:
        raise InputError(f"size is {size!r}; show at least one option")
    count = min(size, len(rows))
    if count == 0:
        return []
    chosen: list[int] = []
    if how == "thompson":
        utilities = draw_utilities(posterior, rows, count, seed)
        for place in range(count):
            left = utilities[place]
            left[chosen] = -np.inf
            chosen.append(int(np.argmax(left)))
        return chosen
    utilities = draw_utilities(posterior, rows, draws, seed)
    best = np.full(draws, -np.inf if none is None else none)
    for _ in range(count):
        gains = np.maximum(utilities, best[:, None]).mean(axis=0)
        gains[chosen] = -np.inf
        chosen.append(int(np.argmax(gains)))
        best = np.maximum(best, utilities[:, chosen[-1]])
    return chosen


class _Local(NamedTuple):
    loss: float
    slope: Floats
    root: Floats


def fit_slates(
    posterior: Posterior, slates: Sequence[Shown], *, none: float = NONE_UTILITY
) -> Posterior:
    """The posterior after more choices, each taken whole.

    A pick among k options says less than k - 1 pairs would: the pairs share the noise of one
    choice. Here the likelihood is the softmax over what was shown. In the utilities of one slate
    its curvature is `diag(p) - ppᵀ`, which has the root `D(I - c vvᵀ)` with `D = diag(√p)`,
    `v = √p` and `c = (1 - √(1 - vᵀv)) / vᵀv`; with that in the place of the roots of single
    curvatures, the Newton steps are those of `laplace.py`. Evidence that is in the posterior
    already is not seen again: its Gaussian is the prior here, each prototype's by itself.

    Args:
        posterior: What is known already.
        slates: What was shown, and what came of it.
        none: The utility of picking none.

    Raises:
        InputError: A slate is empty or its pick is none of its options, or a number is not finite.
    """
    import numpy as np

    if not slates:
        return posterior
    for each in slates:
        _check_pick(each.picked, len(each.rows), each.none)
        if not np.isfinite(each.rows).all() or not 0.0 < each.weight < np.inf:
            raise InputError("a slate has rows or a weight that are not finite numbers above 0")
    rows = np.vstack([each.rows for each in slates])
    found = [
        _updated(posterior.prior, component, rows, slates, none)
        for component in posterior.components
    ]
    log = np.log(np.maximum([each.share for each in posterior.components], 1e-300))
    log = log + np.array([each.evidence for each in found])
    shares = np.exp(log - log.max())
    return Posterior(
        feature_set=posterior.feature_set,
        attributes=posterior.attributes,
        planes=posterior.planes,
        prior=posterior.prior,
        components=tuple(
            Component(
                share=float(share),
                mean=each.mean,
                reduction=each.reduction,
                alpha=each.alpha,
            )
            for share, each in zip(shares / shares.sum(), found, strict=True)
        ),
        comparisons=posterior.comparisons + len(slates),
        observations=posterior.observations,
    )


class _Updated(NamedTuple):
    mean: Floats
    reduction: Floats
    alpha: Floats
    evidence: float


def _updated(
    prior: Prior, component: Component, rows: Floats, slates: Sequence[Shown], none: float
) -> _Updated:
    import numpy as np

    # The covariance that is left after what is known already.
    known = component.reduction
    spread = prior.spread(rows) - (rows @ known.T) @ known
    kernel = spread @ rows.T
    base = rows @ component.mean
    alpha = np.zeros(len(rows))
    gained = kernel @ alpha
    local = _local(slates, base, none)
    objective = local.loss
    for _ in range(_STEPS):
        pull = local.root @ (local.root.T @ gained) + local.slope
        system = np.eye(len(rows)) + local.root.T @ kernel @ local.root
        step = pull - local.root @ np.linalg.solve(system, local.root.T @ (kernel @ pull)) - alpha
        move, size = kernel @ step, 1.0
        for _ in range(_HALVINGS):
            there = _local(slates, base + gained + size * move, none)
            value = there.loss + 0.5 * float((alpha + size * step) @ (gained + size * move))
            if value <= objective + 1e-12 * (1.0 + abs(objective)):
                break
            size *= 0.5
        else:
            break
        alpha, gained, local, objective = (
            alpha + size * step,
            gained + size * move,
            there,
            value,
        )
        if size == 1.0 and np.abs(move).max() < _TOLERANCE * (1.0 + np.abs(gained).max()):
            break
    system = np.eye(len(rows)) + local.root.T @ kernel @ local.root
    lower = np.linalg.cholesky(system)
    reduction = np.linalg.solve(lower, local.root.T @ spread)
    return _Updated(
        mean=component.mean + alpha @ spread,
        reduction=np.vstack([known, reduction]),
        alpha=np.concatenate([component.alpha, alpha]),
        evidence=-objective - float(np.log(np.diagonal(lower)).sum()),
    )


def _local(slates: Sequence[Shown], utilities: Floats, none: float) -> _Local:
    """Loss, slope and a root of the curvature, at the utilities of all options in a row."""
    import numpy as np

    loss, at = 0.0, 0
    slope, root = np.zeros(len(utilities)), np.zeros((len(utilities), len(utilities)))
    for each in slates:
        span = slice(at, at + len(each.rows))
        options = utilities[span]
        if each.none:
            options = np.append(options, none)
        log_total = float(np.logaddexp.reduce(options))
        chances = np.exp(options - log_total)[: len(each.rows)]
        picked = none if each.picked is None else float(options[each.picked])
        loss -= each.weight * (picked - log_total)
        slope[span] = -each.weight * chances
        if each.picked is not None:
            slope[at + each.picked] += each.weight
        total = min(float(chances.sum()), 1.0)
        shrink = (1.0 - np.sqrt(1.0 - total)) / max(total, 1e-300)
        sides = np.sqrt(chances)
        block = sides[:, None] * (np.eye(len(chances)) - shrink * np.outer(sides, sides))
        root[span, span] = np.sqrt(each.weight) * block
        at += len(each.rows)
    return _Local(loss, slope, root)


def _softmax(utilities: Floats) -> Floats:
    import numpy as np

    shifted = np.exp(utilities - utilities.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def _check_pick(picked: int | None, count: int, none: bool) -> None:
    if count == 0:
        raise InputError("the slate is empty; give at least one option")
    if (picked is None and not none) or (picked is not None and not 0 <= picked < count):
        raise InputError(
            f"picked is {picked!r}; the slate has options 0 to {count - 1}"
            + (", or None for none of these" if none else "")
        )
