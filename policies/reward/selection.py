"""Which discovered features people's choices turn on, for all of them and for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .answers import Answers
from .laplace import sigmoid
from .population import fit_population, posterior_modes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["HeldOut", "Weighed", "weigh"]

_FOLDS = 5
_PENALTIES = 12
_STEPS = 400
_LEAST_PEOPLE = 5
_ROUNDS = 10


class HeldOut(NamedTuple):
    """How well other people's choices (or other pairs) are foretold, by one taste for all.

    Attributes:
        accuracy: Share of pairs whose preferred text gets the higher score, ties half.
        nll: Negative log-likelihood of a pair, in nats.
    """

    accuracy: float
    nll: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighed:
    """What choices turn on.

    Attributes:
        length: The weight of length, in logits per unit.
        weights: Of each feature, shape `(m,)`; 0 where the lasso drops it.
        spread: Standard deviation of each feature's weight among people, shape `(m,)`; None if
            there are fewer than five.
        people: Each person's own weights, shape `(m,)`: the posterior means.
        penalty: The lasso's, chosen by cross-validation.
        length_only: Held out, with length alone.
        with_features: Held out, with the features too.
    """

    length: float
    weights: Floats
    spread: Floats | None
    people: Mapping[str, Floats]
    penalty: float
    length_only: HeldOut
    with_features: HeldOut


def weigh(
    columns: Floats, length: Floats, targets: Floats, users: Sequence[str], *, seed: int = 0
) -> Weighed:
    """Fits a lasso whose penalty spares length, and each person's deviations from it.

    As WIMHF does, but for the people: there, an interaction of every feature with every user;
    here, the posterior of each under a prior fitted to all.

    Args:
        columns: Differences of the features, preferred first, shape `(n, m)`.
        length: Differences of length, shape `(n,)`.
        targets: Probability that each label is right, shape `(n,)`.
        users: Whose each pair is; folds keep a person's pairs together if there are enough people.
        seed: Of the folds.
    """
    import numpy as np

    rows = np.column_stack([length, columns])
    folds = _folds(users, seed)
    alone = _lasso(rows, targets, np.inf)
    missed = targets - sigmoid(rows @ alone)
    most = float(np.abs(columns.T @ missed).max()) / len(rows)
    penalties = max(most, 1e-9) * np.geomspace(2.0, 0.005, _PENALTIES)
    losses = np.zeros((_PENALTIES, len(rows)))
    right = np.zeros((_PENALTIES, len(rows)))
    for fold in range(int(folds.max()) + 1):
        test = folds == fold
        weights = np.zeros(rows.shape[1])
        for place, penalty in enumerate(penalties):
            weights = _lasso(rows[~test], targets[~test], float(penalty), start=weights)
            logits = rows[test] @ weights
            losses[place, test] = np.logaddexp(0.0, logits) - targets[test] * logits
            right[place, test] = np.where(np.abs(logits) < 1e-12, 0.5, logits > 0)
    mean = losses.mean(axis=1)
    best = int(np.argmin(mean))
    # The sparsest that is no worse than the best by more than a standard error of the difference.
    apart = losses - losses[best]
    errors = apart.std(axis=1) / np.sqrt(len(rows))
    chosen = int(np.argmax(mean <= mean[best] + errors))
    weights = _lasso(rows, targets, float(penalties[chosen]))
    spread, people = _people(rows, targets, users)
    return Weighed(
        length=float(weights[0]),
        weights=weights[1:],
        spread=spread,
        people=people,
        penalty=float(penalties[chosen]),
        length_only=HeldOut(float(right[0].mean()), float(mean[0])),
        with_features=HeldOut(float(right[chosen].mean()), float(mean[chosen])),
    )


def _folds(users: Sequence[str], seed: int) -> NDArray[np.int64]:
    import numpy as np

    rng = np.random.default_rng(seed)
    numbers = {user: place for place, user in enumerate(dict.fromkeys(users))}
    if len(numbers) < _FOLDS:
        return np.asarray(rng.permutation(len(users)) % _FOLDS)
    of_user = rng.permutation(len(numbers)) % _FOLDS
    return np.asarray(of_user[[numbers[user] for user in users]])


def _lasso(rows: Floats, targets: Floats, penalty: float, *, start: Floats | None = None) -> Floats:
    """Accelerated proximal gradient (FISTA) on the mean log-loss; column 0 goes unpenalised."""
    import numpy as np

    bound = 0.25 * float(np.linalg.norm(rows, 2)) ** 2 / len(rows) + 1e-12
    threshold = np.full(rows.shape[1], penalty / bound)
    threshold[:1] = 0.0
    weights = np.zeros(rows.shape[1]) if start is None else start
    ahead, momentum = weights, 1.0
    for _ in range(_STEPS):
        slope = rows.T @ (sigmoid(rows @ ahead) - targets) / len(rows)
        moved = ahead - slope / bound
        new = np.sign(moved) * np.maximum(np.abs(moved) - threshold, 0.0)
        further = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * momentum**2))
        ahead = new + (momentum - 1.0) / further * (new - weights)
        done = np.abs(new - weights).max() < 1e-7
        weights, momentum = new, further
        if done:
            break
    return weights


class _People(NamedTuple):
    spread: Floats | None
    weights: Mapping[str, Floats]


def _people(rows: Floats, targets: Floats, users: Sequence[str]) -> _People:
    import numpy as np

    places: dict[str, list[int]] = {}
    for place, user in enumerate(users):
        places.setdefault(user, []).append(place)
    if len(places) < _LEAST_PEOPLE:
        return _People(None, {})
    answers = Answers.of(
        [rows[each] for each in places.values()], [targets[each] for each in places.values()]
    )
    prior = fit_population(answers, shrink=1.0, rounds=_ROUNDS).prototypes[0]
    modes = posterior_modes(prior, answers)
    found = prior.mean + np.einsum("ut,utd->ud", modes.alpha, prior.spread(answers.rows))
    return _People(
        np.sqrt(prior.variance[1:]),
        {user: each[1:] for user, each in zip(places, found, strict=True)},
    )
