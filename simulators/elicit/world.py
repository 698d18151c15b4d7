"""Simulated people whose tastes are those of real ones, and the items they are asked about.

The prior is fitted to most respondents. Each simulated person is a draw from the posterior of one
of the others, on whom nothing was fitted, given all of that respondent's real answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError
from ...policies.elicit.factors import Factors
from ...policies.elicit.gaussian import Gaussian, Picked, learn
from ...policies.reward import Answers, Prior, choose_population
from ..datasets import Choices

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ITEMS", "World", "answers_of", "fitted_prior", "make_world", "read_factors"]

ITEMS = 60
_LATER = 4
_LEAST_OPPOSED = 5
_LEAST_PEOPLE = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """Everything that a run is about.

    Attributes:
        name: Of the file.
        attributes: Names of the `d` columns.
        factors: What items are made of.
        prior: What is known of somebody new.
        tastes: The simulated people's true weights, shape `(u, d)`.
        respondents: Whose posterior each is drawn from, shape `(u,)`; what belongs together.
        items: Each person's own items, shape `(u, n, d)`: no lucky set decides.
        fresh: As many others, never asked about, shape `(u, n, d)`.
    """

    name: str
    attributes: tuple[str, ...]
    factors: Factors
    prior: Gaussian
    tastes: Floats
    respondents: Ints
    items: Floats
    fresh: Floats


def make_world(choices: Choices, *, people: int, seed: int) -> World:
    """Splits respondents, fits the prior on one part and draws people from the other.

    Args:
        choices: Real answers.
        people: How many to simulate. At most half of the respondents are held out; beyond that,
            several people are drawn from one respondent's posterior.
        seed: Of the split and of all draws.

    Raises:
        InputError: Fewer than 20 respondents have five answers, or there are no items to offer.
    """
    import numpy as np

    usable = [place for place, each in enumerate(choices.picked) if len(each) > _LATER]
    if len(usable) < _LEAST_PEOPLE:
        raise InputError(
            f"{choices.name!r} has {len(usable)} people with more than {_LATER} choices; a prior "
            f"and people to try it on need at least {_LEAST_PEOPLE}"
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(usable)
    held = order[: min(people, len(usable) // 2)]
    prior = Gaussian.from_prior(fitted_prior(choices, order[len(held) :].tolist(), seed=seed))
    posteriors = [_posterior(prior, choices, each) for each in held]
    respondents = held[np.arange(people) % len(held)]
    tastes = np.stack(
        [_draw(posteriors[place % len(held)], rng) for place in range(people)],
    )
    factors = read_factors(choices)
    each = [factors.rows(factors.listed(2 * ITEMS, rng)) for _ in range(people)]
    half = min(len(rows) for rows in each) // 2
    if half < 4:
        raise InputError(
            f"{choices.name!r} describes only {2 * half} different things; at least 8 are needed"
        )
    shuffled = np.stack([rows[rng.permutation(len(rows))[: 2 * half]] for rows in each])
    return World(
        name=choices.name,
        attributes=choices.attributes,
        factors=factors,
        prior=prior,
        tastes=tastes,
        respondents=respondents,
        items=shuffled[:, :half],
        fresh=shuffled[:, half:],
    )


def fitted_prior(choices: Choices, people: Sequence[int], *, seed: int) -> Prior:
    """The reward model's population prior, one prototype, fitted to some of the respondents."""
    import numpy as np

    rng = np.random.default_rng(seed)
    orders = {person: rng.permutation(len(choices.picked[person])) for person in people}
    earlier = answers_of(choices, [(each, order[:-_LATER]) for each, order in orders.items()])
    later = answers_of(choices, [(each, order[-_LATER:]) for each, order in orders.items()])
    found = choose_population(earlier, later, most=1, seed=seed)
    return found.prototypes[0]


def answers_of(choices: Choices, asked: Sequence[tuple[int, Ints]]) -> Answers:
    """Some answers of some respondents, in a given order; a respondent may come again."""
    return Answers.of(
        [choices.rows[person][order] for person, order in asked],
        [choices.picked[person][order] for person, order in asked],
    )


def read_factors(choices: Choices) -> Factors:
    """What the compared things are made of, from the differences between them.

    Columns of which two often differ at once and never the same way are levels of one factor, the
    first level being none of them: a thing cannot have two levels at once, so that gaining one
    means losing another. Every other column is a factor of two levels, as far apart as the column
    usually differs.
    """
    import numpy as np

    rows = np.unique(np.vstack(choices.rows), axis=0)
    signs = np.sign(rows)
    opposed = (np.maximum(signs, 0).T @ np.maximum(-signs, 0)) + (
        np.maximum(-signs, 0).T @ np.maximum(signs, 0)
    )
    alike = np.maximum(signs, 0).T @ np.maximum(signs, 0) + (
        np.maximum(-signs, 0).T @ np.maximum(-signs, 0)
    )
    linked = (opposed >= _LEAST_OPPOSED) & (alike == 0)
    groups: list[list[int]] = []
    for column in range(rows.shape[1]):
        near = [group for group in groups if linked[column, group].any()]
        joined = [column, *(each for group in near for each in group)]
        groups = [group for group in groups if group not in near] + [sorted(joined)]
    sizes = [_usual(rows[:, column]) for column in range(rows.shape[1])]
    unit = np.eye(rows.shape[1]) * sizes
    groups.sort()
    return Factors.of(
        [" / ".join(choices.attributes[column] for column in group) for group in groups],
        [np.vstack([np.zeros(rows.shape[1]), unit[group]]) for group in groups],
    )


def _usual(column: Floats) -> float:
    import numpy as np

    moved = np.abs(column[column != 0])
    return float(np.median(moved)) if len(moved) else 1.0


def _posterior(prior: Gaussian, choices: Choices, person: int) -> Gaussian:
    import numpy as np

    return learn(
        prior,
        [
            Picked(np.stack([row, np.zeros(len(row))]), 0 if picked else 1)
            for row, picked in zip(choices.rows[person], choices.picked[person], strict=True)
        ],
    )


def _draw(belief: Gaussian, rng: np.random.Generator) -> Floats:
    import numpy as np

    values, vectors = np.linalg.eigh(belief.matrix)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.asarray(belief.mean + root @ rng.standard_normal(len(belief.mean)))
