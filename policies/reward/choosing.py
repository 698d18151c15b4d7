"""How many prototypes, how wide, how sure: what held-out people's later answers ask for.

Laplace's approximation understates how much people vary and so how sure the average is, which is
measured and corrected on the same users: their first answers must predict their others (an episode,
as in FSPO and PPD, whose only learned numbers here are the gains of the prior's mean and
covariance; `amortised.py` learns more).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .answers import Answers
from .population import fit_population, predict
from .prior import Population, Prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["choose_population", "scaled", "with_gains"]

_MEAN_GAINS = (0.7, 0.85, 1.0, 1.2, 1.45, 1.75, 2.1)
_SPREAD_GAINS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
_LEAST_GAIN = 0.01


def choose_population(
    earlier: Answers,
    later: Answers,
    *,
    asked: Sequence[int] = (0, 3, 9),
    most: int = 2,
    least: int = 1,
    shrink: float = 0.2,
    base: Prior | None = None,
    worths: Sequence[float] = (0.0,),
    learned: slice | None = None,
    rounds: int = 30,
    seed: int = 0,
) -> Population:
    """Fits the prior, with as many prototypes as held-out people's answers ask for.

    One prototype more is kept only if it makes the earlier answers of a fifth of the people, held
    out, predict their later ones better by more than twice the standard error of the difference
    and by more than a hundredth. What the base is worth is what serves those people best.

    Args:
        earlier: Of everybody.
        later: Later answers of the same people.
        asked: After how many of the earlier answers the later ones must be predicted.
        most: Prototypes at most.
        least: Prototypes at least.
        shrink: Of the covariance towards its diagonal.
        base: What to start from, as for `fit_population`.
        worths: How many people the base may count for, to choose among.
        learned: The columns to fit, as for `fit_population`.
        rounds: Of expectation and maximisation.
        seed: Of the held-out part and of the prototypes' starting points.
    """
    import numpy as np

    def fitted(first: Answers, second: Answers, prototypes: int, worth: float) -> Population:
        found = fit_population(
            first.with_more(second),
            prototypes=prototypes,
            shrink=shrink,
            base=base,
            worth=worth,
            learned=learned,
            rounds=rounds,
            seed=seed,
        )
        return with_gains(found, first, second, asked=asked)

    people = len(earlier.rows)
    held = np.random.default_rng(seed).permutation(people) % 5 == 0
    chosen, worth = least, worths[0]
    if (most > least or len(worths) > 1) and held.sum() > 1:
        train = earlier.people(~held), later.people(~held)
        test = earlier.people(held), later.people(held)
        tried = {each: _losses(fitted(*train, least, each), *test, asked) for each in worths}
        worth = min(worths, key=lambda each: float(tried[each].sum()))
        losses = tried[worth]
        for count in range(least + 1, most + 1):
            others = _losses(fitted(*train, count, worth), *test, asked)
            gain = losses - others
            needed = max(2.0 * gain.std() / np.sqrt(len(gain)), _LEAST_GAIN * losses.mean())
            if gain.mean() <= needed:
                break
            chosen, losses = count, others
    return fitted(earlier, later, chosen, worth)


def _losses(
    population: Population, earlier: Answers, later: Answers, asked: Sequence[int]
) -> Floats:
    """Each person's negative log-likelihood of their later answers, over all of `asked`."""
    import numpy as np

    total = np.zeros(len(later.target))
    for count in asked:
        p = np.clip(predict(population, earlier.first(count), later.rows), 1e-9, 1 - 1e-9)
        each = later.target * np.log(p) + (1.0 - later.target) * np.log(1.0 - p)
        total -= (later.weight * each).sum(axis=1)
    return total


def with_gains(
    population: Population,
    earlier: Answers,
    later: Answers,
    *,
    asked: Sequence[int] = (0, 3, 9),
) -> Population:
    """Multiplies means and covariance by what makes first answers predict later ones best.

    Args:
        population: As fitted.
        earlier: Earlier answers of the people it was fitted to.
        later: Their later ones.
        asked: After how many of the earlier ones the later are predicted; all count alike.
    """

    def loss(mean: float, spread: float) -> float:
        trial = scaled(population, mean, spread)
        return float(_losses(trial, earlier, later, asked).sum())

    mean, spread = 1.0, 1.0
    for _ in range(2):
        mean = min(_MEAN_GAINS, key=lambda gain: loss(gain, spread))
        spread = min(_SPREAD_GAINS, key=lambda gain: loss(mean, gain))
    return scaled(population, mean, spread)


def scaled(population: Population, mean: float, covariance: float) -> Population:
    """The same population with its means and its covariance multiplied."""
    return Population(
        prototypes=tuple(each.scaled(mean, covariance) for each in population.prototypes),
        router=population.router,
    )
