"""Replays real people's recorded answers: does a better order of questions predict the rest sooner?

Only questions that were asked can be asked again, so that there is little to choose from: the gain
is a fraction of that of designed questions. Folds keep people whose answers the prior was fitted to
apart from those it is tried on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...policies.elicit.acquisition import pair_information
from ...policies.elicit.gaussian import Gaussian, Picked, learn
from ...policies.reward import Answers, Population, Prior, predict
from ...policies.reward.threads import one_thread
from ..datasets import Choices
from ..statistics import log_loss
from .world import answers_of, fitted_prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["OURS", "SHOTS", "SHUFFLED", "replay"]

OURS = "by information"
SHUFFLED = "in random order"
SHOTS = (1, 2, 3, 5)
_SPLITS = 4
_ORDERS = 5
_FOLDS = 5
_LATER = 4


def replay(choices: Choices, *, seed: int) -> Mapping[str, Mapping[int, Floats]]:
    """Negative log-likelihood of each respondent's four left-out answers.

    Those four are drawn at random for each respondent, four times over, since which they are
    matters more than the order of the others; the pool is the rest.

    Args:
        choices: Real answers.
        seed: Of folds, of what is left out and of random orders.

    Returns:
        By order ("by information", "in random order", the mean of five) and by the number of
        answers, each respondent's mean, shape `(people,)`; 0 answers are the prior alone. Empty if
        fewer than twenty people have enough answers.
    """
    import numpy as np

    people = [p for p, each in enumerate(choices.picked) if len(each) >= SHOTS[-1] + 1 + _LATER]
    if len(people) < 4 * _FOLDS:
        return {}
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(people)) % _FOLDS
    losses: dict[str, dict[int, Floats]] = {
        name: {k: np.zeros(len(people)) for k in (0, *SHOTS)} for name in (OURS, SHUFFLED)
    }
    with one_thread():
        for each in range(_FOLDS):
            _add_fold(choices, people, fold == each, rng, losses, seed=seed)
    return losses


def _add_fold(
    choices: Choices,
    people: Sequence[int],
    held: NDArray[np.bool_],
    rng: np.random.Generator,
    losses: Mapping[str, Mapping[int, Floats]],
    *,
    seed: int,
) -> None:
    """Adds the losses of the people of a fold, from what was fitted to the others."""
    import numpy as np

    prior = fitted_prior(
        choices, [each for each, out in zip(people, held, strict=True) if not out], seed=seed
    )
    belief = Gaussian.from_prior(prior)
    places = np.flatnonzero(held)
    some = [each for each, out in zip(people, held, strict=True) if out]
    for _ in range(_SPLITS):
        split = {person: rng.permutation(len(choices.picked[person])) for person in some}
        pools = {person: order[:-_LATER] for person, order in split.items()}
        left_out = {person: order[-_LATER:] for person, order in split.items()}
        later = answers_of(choices, left_out)
        chosen = {p: by_information(choices, p, pool, belief) for p, pool in pools.items()}
        for k, loss in _losses(prior, answers_of(choices, chosen), later).items():
            losses[OURS][k][places] += loss / _SPLITS
        for _ in range(_ORDERS):
            order = {person: rng.permutation(pool) for person, pool in pools.items()}
            for k, loss in _losses(prior, answers_of(choices, order), later).items():
                losses[SHUFFLED][k][places] += loss / (_SPLITS * _ORDERS)


def _losses(prior: Prior, seen: Answers, later: Answers) -> dict[int, Floats]:
    """Each person's mean loss on later answers, by how many were seen."""
    population = Population.of(prior)
    chances = {k: predict(population, seen.first(k), later.rows) for k in (0, *SHOTS)}
    return {k: log_loss(each, later.target).mean(axis=1) for k, each in chances.items()}


def by_information(choices: Choices, person: int, pool: Ints, prior: Gaussian) -> Ints:
    """The pool in the order in which information gain asks for it, answer by answer."""
    import numpy as np

    rows, picked = choices.rows[person], choices.picked[person]
    left = pool.tolist()
    order: list[int] = []
    belief = prior
    while left and len(order) < SHOTS[-1]:
        found = belief.utility(rows[left])
        best = left[int(pair_information(found.mean, found.sd).argmax())]
        left.remove(best)
        order.append(best)
        belief = learn(prior, [_pick(rows[each], picked[each]) for each in order])
    return np.array(order)


def _pick(row: Floats, picked: float) -> Picked:
    import numpy as np

    return Picked(np.stack([row, np.zeros(len(row))]), 0 if picked else 1)
