"""What people have in common: the prior, fitted to many of them.

Expectation-maximisation over users with Laplace's approximation inside; the covariance is shrunk
towards its own diagonal. `choosing.py` corrects what the approximation gets wrong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...errors import InputError
from .answers import Answers
from .laplace import Modes, find_modes, sigmoid
from .prior import Population, Prior
from .smoothing import smoothed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_FLIP_MOST = 0.45


def posterior_modes(prior: Prior, answers: Answers, *, smooth: bool = False) -> Modes:
    """Everybody's posterior under one Gaussian prior.

    Args:
        prior: The prior.
        answers: Everybody's.
        smooth: As sure as a prediction should be (`smoothing.py`), rather than at the modes.
    """
    kernel = prior.spread(answers.rows) @ answers.rows.transpose(0, 2, 1)
    base, labels = answers.rows @ prior.mean, answers.labels()
    modes = find_modes(kernel, base, labels)
    return smoothed(kernel, base, labels, modes) if smooth else modes


def responsibilities(population: Population, answers: Answers, evidence: Floats) -> Floats:
    """How likely each prototype is for each person, given their answers.

    Args:
        population: The prototypes and their router.
        answers: Whose contexts count.
        evidence: Log evidence, shape `(prototypes, u)`.

    Returns:
        Array of shape `(prototypes, u)`, columns of sum 1.
    """
    import numpy as np

    log = evidence + np.log(np.maximum(population.shares(answers.context).T, 1e-300))
    shares = np.exp(log - log.max(axis=0))
    return np.asarray(shares / shares.sum(axis=0))


def predict(population: Population, seen: Answers, rows: Floats) -> Floats:
    """P(label 1) of new rows of people whose answers are given.

    The probit approximation of the logistic integral for each prototype, mixed by responsibility.

    Args:
        population: The prior.
        seen: What each person has answered.
        rows: Shape `(u, q, d)`.

    Returns:
        Array of shape `(u, q)`.
    """
    import numpy as np

    chances, evidence = [], []
    for prior in population.prototypes:
        modes = posterior_modes(prior, seen, smooth=True)
        spread = prior.spread(rows)
        cross = spread @ seen.rows.transpose(0, 2, 1)
        mean = rows @ prior.mean + (cross @ modes.alpha[..., None])[..., 0]
        scaled = np.sqrt(modes.curvature)[:, :, None] * cross.transpose(0, 2, 1)
        reduced = np.linalg.solve(modes.system, scaled)
        variance = (spread * rows).sum(axis=-1) - (reduced**2).sum(axis=1)
        chances.append(sigmoid(mean / np.sqrt(1.0 + np.pi / 8.0 * np.maximum(variance, 0.0))))
        evidence.append(modes.evidence)
    weights = responsibilities(population, seen, np.array(evidence))
    return np.asarray((weights[:, :, None] * np.array(chances)).sum(axis=0))


def fit_population(
    answers: Answers,
    *,
    prototypes: int = 1,
    shrink: float = 0.2,
    rounds: int = 30,
    base: Prior | None = None,
    worth: float = 0.0,
    learned: slice | None = None,
    seed: int = 0,
) -> Population:
    """Fits the prior by expectation-maximisation.

    Args:
        answers: Everybody's.
        prototypes: How many.
        shrink: Share of the way that the covariance is moved towards its diagonal, in [0, 1].
        rounds: Of expectation and maximisation.
        base: What to start from; by default mean 0 and variance 2.
        worth: How many people the covariance of `base` counts for, for where columns are many and
            people few.
        learned: The columns to fit; the others keep what `base` says of them, apart from these.
            By default all.
        seed: Of the prototypes' starting points.

    Raises:
        InputError: `prototypes` is below 1, or a shape disagrees.
    """
    import numpy as np

    if prototypes < 1:
        raise InputError(f"prototypes is {prototypes!r}; there must be at least one")
    people, _, width = answers.rows.shape
    start = base or Prior.isotropic(width, 2.0)
    start.check(width)
    some = learned or slice(0, width)
    within = _over(start, some)
    origin = _covariance(within)
    rng = np.random.default_rng(seed)
    means = np.repeat(start.mean[None], prototypes, axis=0)
    if prototypes > 1:
        means[:, some] += rng.normal(0.0, 0.5, means[:, some].shape) * np.sqrt(np.diag(origin))
    covariance = origin
    shared = _with_part(start, some, within)
    router = np.zeros((prototypes, answers.context.shape[1] + 1))
    population = _mixture(means, shared, router)
    for _ in range(rounds):
        modes = [posterior_modes(prior, answers) for prior in population.prototypes]
        evidence = np.array([each.evidence for each in modes])
        weights = responsibilities(population, answers, evidence)
        spread = shared.spread(answers.rows)[..., some]
        total = worth * origin + people * covariance
        for place, each in enumerate(modes):
            moved = (each.alpha[:, None, :] @ spread)[:, 0]
            thetas = means[place, some] + moved
            mass = max(float(weights[place].sum()), 1e-9)
            pulled = weights[place] @ thetas + worth * within.mean
            means[place, some] = pulled / (mass + worth)
            away = thetas - means[place, some]
            total = total + (weights[place][:, None] * away).T @ away
            scaled = np.sqrt(weights[place][:, None] * each.curvature)[:, :, None] * spread
            reduced = np.linalg.solve(each.system, scaled).reshape(-1, len(origin))
            total = total - reduced.T @ reduced
        covariance = (total + total.T) / (2.0 * (people + worth))
        shared = _with_part(start, some, Prior.shrunk(within.mean, covariance, shrink))
        covariance = shrink * np.diag(np.diag(covariance)) + (1.0 - shrink) * covariance
        router = _route(router, answers.context, weights)
        population = _mixture(means, shared, router)
    return population


def flip_rates(
    population: Population, answers: Answers, sources: int, *, rounds: int = 10
) -> Floats:
    """How often each source says the opposite of what is meant, learned by responsibility.

    Each answer is predicted from half of the person's others, which leave it out; how likely it is
    flipped, averaged over the answers of a source, is its rate, and people are fitted again with
    it.

    Args:
        population: The prior.
        answers: With `source` in `range(sources)`.
        sources: How many there are.
        rounds: Of expectation and maximisation.

    Returns:
        Array of shape `(sources,)`, in [0, 0.45].
    """
    import numpy as np

    rates = np.full(sources, 0.05)
    order = np.random.default_rng(0).permutation(answers.target.shape[1])
    halves = [np.isin(np.arange(len(order)), order[half::2])[None] for half in (0, 1)]
    for _ in range(rounds):
        flip = rates[answers.source]
        says = np.zeros(answers.target.shape)
        for half in halves:
            others = replace(answers, flip=flip, weight=answers.weight * ~half)
            says += half * predict(population, others, answers.rows)
        agrees = answers.target * says + (1.0 - answers.target) * (1.0 - says)
        flipped = flip * (1.0 - agrees) / (flip * (1.0 - agrees) + (1.0 - flip) * agrees)
        for source in range(sources):
            weight = answers.weight * (answers.source == source)
            if weight.sum() > 0:
                rates[source] = min(_FLIP_MOST, float((weight * flipped).sum() / weight.sum()))
    return rates


def _over(prior: Prior, columns: slice) -> Prior:
    factor = None if prior.factor is None else prior.factor[:, columns]
    return Prior(mean=prior.mean[columns], variance=prior.variance[columns], factor=factor)


def _covariance(prior: Prior) -> Floats:
    import numpy as np

    covariance = np.diag(prior.variance)
    return covariance if prior.factor is None else covariance + prior.factor.T @ prior.factor


def _with_part(prior: Prior, columns: slice, part: Prior) -> Prior:
    """A prior with some of its columns as in another, apart from all the rest."""
    import numpy as np

    mean, variance = prior.mean.copy(), prior.variance.copy()
    mean[columns], variance[columns] = part.mean, part.variance
    factors = []
    if part.factor is not None:
        factors.append(np.zeros((len(part.factor), len(mean))))
        factors[0][:, columns] = part.factor
    if prior.factor is not None:
        rest = prior.factor.copy()
        rest[:, columns] = 0.0
        if rest.any():
            factors.append(rest)
    return Prior(mean=mean, variance=variance, factor=np.vstack(factors) if factors else None)


def _mixture(means: Floats, shared: Prior, router: Floats) -> Population:
    prototypes = tuple(
        Prior(mean=mean.copy(), variance=shared.variance, factor=shared.factor) for mean in means
    )
    return Population(prototypes=prototypes, router=router)


def _route(router: Floats, context: Floats, weights: Floats, *, steps: int = 20) -> Floats:
    """One pass of ridge-penalised gradient steps of the softmax router towards responsibilities."""
    import numpy as np

    inputs = np.hstack([context, np.ones((len(context), 1))])
    step = 1.0 / (0.5 * float((inputs**2).sum(axis=1).mean()) + 1e-3)
    for _ in range(steps):
        logits = inputs @ router.T
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        slope = (weights.T - shares).T @ inputs / len(inputs)
        slope[:, :-1] -= 1e-3 * router[:, :-1]
        router = router + step * slope
    return router
