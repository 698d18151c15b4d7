"""Replays real people's recorded answers: does a better order of questions predict the rest sooner?

Only questions that were asked can be asked again, so that there is little to choose from: the gain
is a fraction of that of designed questions. Folds keep people whose answers the prior was fitted to
apart from those it is tried on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ...policies.elicit.acquisition import pair_information
from ...policies.elicit.gaussian import Gaussian, Picked, learn
from ...policies.reward import Population, Prior, predict
from ...policies.reward.threads import one_thread
from ..datasets import Choices
from ..statistics import log_loss
from .world import answers_of, fitted_prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["SHOTS", "Replay", "Replayed", "by_information", "replayable"]

SHOTS = (1, 2, 3, 5)
_SPLITS = 4
_ORDERS = 5
_FOLDS = 5
_LATER = 4


class Replayed(NamedTuple):
    """One respondent's mean loss on left-out answers, by the number of answers known.

    Attributes:
        informed: Where they are asked for by information.
        shuffled: Where they come in random order: the mean of five.
    """

    informed: Mapping[int, float]
    shuffled: Mapping[int, float]


class _Split(NamedTuple):
    """What can be asked for again, what is left out, and random orders of the former."""

    pool: Ints
    left_out: Ints
    orders: Sequence[Ints]


class _Fold(NamedTuple):
    prior: Prior
    belief: Gaussian


def replayable(choices: Choices) -> list[int]:
    """The respondents with enough answers; nobody if they are fewer than twenty."""
    people = [p for p, each in enumerate(choices.picked) if len(each) >= SHOTS[-1] + 1 + _LATER]
    return people if len(people) >= 4 * _FOLDS else []


class Replay:
    """Replays answers; each respondent by themselves.

    Four of a respondent's answers are left out at random, four times over, since which they are
    matters more than the order of the others; the pool is the rest.

    Args:
        choices: Real answers.
        seed: Of folds, of what is left out and of random orders.
    """

    def __init__(self, choices: Choices, *, seed: int) -> None:
        self._choices = choices
        self._seed = seed
        self._fitted: dict[int, _Fold] = {}

    def losses(self, person: int) -> Replayed:
        """A respondent's losses, in nats.

        Args:
            person: Their place among all, one of `replayable`.
        """
        import numpy as np

        with one_thread():
            fold = self._fold(self._plan.fold[person])
            splits = self._plan.splits[person]
            orders = [
                order
                for split in splits
                for order in (
                    by_information(self._choices, person, split.pool, fold.belief),
                    *split.orders,
                )
            ]
            later = np.repeat(np.array([split.left_out for split in splits]), 1 + _ORDERS, axis=0)
            seen = answers_of(self._choices, [(person, order) for order in orders])
            asked = answers_of(self._choices, [(person, order) for order in later])
            population = Population.of(fold.prior)
            informed: dict[int, float] = {}
            shuffled: dict[int, float] = {}
            for k in (0, *SHOTS):
                chances = predict(population, seen.first(k), asked.rows)
                lost = log_loss(chances, asked.target).mean(axis=1).reshape(_SPLITS, 1 + _ORDERS)
                informed[k] = float(lost[:, 0].mean())
                shuffled[k] = float(lost[:, 1:].mean())
        return Replayed(informed, shuffled)

    @cached_property
    def _plan(self) -> _Plan:
        return _planned(self._choices, seed=self._seed)

    def _fold(self, number: int) -> _Fold:
        """What is fitted to everybody outside a fold, once."""
        if number not in self._fitted:
            others = [person for person, fold in self._plan.fold.items() if fold != number]
            prior = fitted_prior(self._choices, others, seed=self._seed)
            self._fitted[number] = _Fold(prior, Gaussian.from_prior(prior))
        return self._fitted[number]


class _Plan(NamedTuple):
    """Everything random, by respondent."""

    fold: Mapping[int, int]
    splits: Mapping[int, Sequence[_Split]]


def _planned(choices: Choices, *, seed: int) -> _Plan:
    import numpy as np

    people = replayable(choices)
    rng = np.random.default_rng(seed)
    fold = dict(zip(people, (rng.permutation(len(people)) % _FOLDS).tolist(), strict=True))
    splits: dict[int, list[_Split]] = {person: [] for person in people}
    for number in range(_FOLDS):
        some = [person for person in people if fold[person] == number]
        for _ in range(_SPLITS):
            drawn = {person: rng.permutation(len(choices.picked[person])) for person in some}
            orders: dict[int, list[Ints]] = {person: [] for person in some}
            for _ in range(_ORDERS):
                for person in some:
                    orders[person].append(rng.permutation(drawn[person][:-_LATER]))
            for person in some:
                whole = drawn[person]
                splits[person].append(_Split(whole[:-_LATER], whole[-_LATER:], orders[person]))
    return _Plan(fold, splits)


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
