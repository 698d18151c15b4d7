"""What a question would bring: information, and a better reply, now and with the questions after.

Closed sums over answers and types of people; nothing is sampled. EVOI counts that an answer about
one aspect changes the best guess about the others too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from .acquisition import expected_best
from .answering import gained
from .beliefs import Belief

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Ahead", "Edge", "Gains", "ahead", "edge", "gains", "open_information", "rival"]

_LEAST = 1e-9


class Gains(NamedTuple):
    """What a question about each aspect's value would bring, each of shape `(J,)`.

    Attributes:
        eig: Expected information gain about what is wanted, in nats:
            `H(answer) - E H(answer | what is wanted)`.
        evoi: Expected gain of the best reply's fit:
            `sum_y P(y) max_reply E[fit | y] - max_reply E[fit]`, in shares of what is at stake.
    """

    eig: Floats
    evoi: Floats


class Ahead(NamedTuple):
    """What the best questions after the first are expected to gain, by the first.

    Attributes:
        values: After asking for the value of each aspect, shape `(J,)`.
        open: After asking what matters most.
    """

    values: Floats
    open: float


class Edge(NamedTuple):
    """Asking whether a thing would do without the value that seems wanted.

    Attributes:
        value: The place of that value.
        chance: P(it is wanted).
        eig: Expected information gain, in nats.
        evoi: Expected gain of the best reply's fit.
    """

    value: int
    chance: float
    eig: float
    evoi: float


class _Outcomes(NamedTuple):
    """Every answer to every question about a value.

    Attributes:
        aspect: The place of the aspect asked about, shape `(Q,)`.
        rows: P(type, answer), shape `(Q, K)`.
        chances: P(answer), shape `(Q,)`; sums to 1 for each aspect.
        fits: Expected fit of each value of each aspect times P(answer), shape `(Q, J, V)`.
    """

    aspect: NDArray[np.int64]
    rows: Floats
    chances: Floats
    fits: Floats


def gains(belief: Belief) -> Gains:
    """What asking for the value of each aspect would bring."""
    import numpy as np

    count, tables = len(belief.stakes), belief.tables
    if count == 0:
        return Gains(np.zeros(0), np.zeros(0))
    outcomes = _outcomes(belief)
    said = outcomes.chances
    after = np.zeros(count)
    np.add.at(after, outcomes.aspect, outcomes.fits.max(axis=2).sum(axis=1))
    entropy = np.zeros(count)
    np.add.at(entropy, outcomes.aspect, _surprise(said))
    noise = _surprise(tables).sum(axis=3)
    return Gains(
        eig=np.maximum(entropy - (belief.chances * noise).sum(axis=(1, 2)), 0.0),
        evoi=np.maximum(after - belief.fits.max(axis=1).sum(), 0.0),
    )


def ahead(belief: Belief, costs: Sequence[float], open_to: Floats) -> Ahead:
    """What the best questions after one that is asked now are expected to gain beyond costs.

    The look ahead plans for the answer to the first question, but not for those after it, and of
    those counts only what each tells about its own aspect: a lower bound.

    Args:
        belief: What is known of the user.
        costs: What the second, third, … question cost; as many as may still be asked.
        open_to: How much of each aspect's gain counts, shape `(J,)`; 0 for what may not be asked.
    """
    import numpy as np

    count, width = belief.likely.shape[:2]
    if count == 0 or not costs:
        return Ahead(np.zeros(count), 0.0)
    outcomes = _outcomes(belief)
    flat = belief.given_type.reshape(len(belief.types), -1)
    # P(answer) and what follows together, one row for each answer to each question.
    chances = (outcomes.rows @ flat).reshape(-1, count, width, 2)
    later = _own_gains(belief, chances, belief.weights) * open_to
    # A question is not asked twice.
    later[np.arange(len(later)), outcomes.aspect] = 0.0
    best = _best_of(later, outcomes.chances[:, None] * np.array(costs))
    values = np.zeros(count)
    np.add.at(values, outcomes.aspect, best)
    stays = belief.tendencies.answering.stays
    return Ahead(stays * values, stays * _ahead_of_open(belief, costs, open_to))


def open_information(belief: Belief) -> float:
    """Expected information gain of asking what matters most, in nats, with one aspect named.

    `H(name) - E H(name | what matters)`, the latter taken as that of an even draw among as many
    as are expected to matter.
    """
    import numpy as np

    share, fresh = _nameable(belief)
    left = float(belief.mattering[fresh].sum())
    return max(0.0, float(_surprise(share).sum()) - float(np.log(max(left, 1.0))))


def edge(belief: Belief, key: str) -> Edge:
    """What it would bring to ask whether a thing would do without the value that seems wanted.

    Raises:
        NotFoundError: There is no such aspect.
    """
    import numpy as np

    place = belief.place(key)
    chances = belief.chances[place]
    value = int(chances[:, 1].argmax())
    # It would not do without: what those say who would have answered with this value.
    must = belief.tables[place, :, :, value]
    yes = float((chances * must).sum())
    noise = float((chances * (_surprise(must) + _surprise(1.0 - must))).sum())
    both = np.stack([must, 1.0 - must])
    wanted = (chances * both)[..., 1] * belief.weights[place] / belief.scale
    after = (wanted @ belief.tendencies.grades[place].T).max(axis=1).sum()
    return Edge(
        value,
        float(chances[value].sum()),
        max(0.0, float(_surprise(np.array([yes, 1.0 - yes])).sum()) - noise),
        max(0.0, float(after - belief.fits[place].max())),
    )


def rival(belief: Belief, hinges: Floats) -> float:
    """Expected gain of having the best reply and its best rival to pick from.

    The rival takes the second-best value of the aspects where that is nearly as good. By EUBO:
    `E max(0, D)` for a normal difference D with the mean and variance of the sum over aspects.

    Args:
        belief: What is known of the user.
        hinges: How much of each aspect's fit counts, shape `(J,)`.
    """
    import numpy as np

    count = len(belief.stakes)
    if count == 0:
        return 0.0
    order = np.argsort(-belief.fits, axis=1)
    best, second = order[:, 0], order[:, 1]
    rows = np.arange(count)
    grades = belief.tendencies.grades
    weight = belief.weights * hinges / belief.scale
    steps = (grades[rows, second] - grades[rows, best]) * weight[:, None]
    wanted = belief.chances[..., 1]
    mean = (wanted * steps).sum(axis=1)
    variance = np.maximum((wanted * steps**2).sum(axis=1) - mean**2, 0.0)
    # Aspects join the rival as long as that helps, the most doubtful for their loss first.
    joined = np.argsort(mean / np.sqrt(np.maximum(variance, 1e-18)))[::-1]
    means, sds = np.cumsum(mean[joined]), np.sqrt(np.cumsum(variance[joined]))
    found = float(expected_best(np.zeros(count), means, sds).max())
    return found if found > _LEAST else 0.0


def _outcomes(belief: Belief) -> _Outcomes:
    import numpy as np

    count, width = belief.likely.shape[:2]
    kinds, tables = len(belief.types), belief.tables
    asked = (
        belief.given_type.reshape(kinds, count, 1, -1)
        @ tables.reshape(count, 2 * width, width + 1)[None]
    )
    # One row for each aspect and answer.
    rows = (belief.types[:, None] * asked.reshape(kinds, -1)).T
    aspect = np.repeat(np.arange(count), width + 1)
    wanted = belief.given_type[..., 1] * belief.weights[None, :, None]
    after = (rows @ wanted.reshape(kinds, -1)).reshape(-1, count, width)
    own = (belief.chances[..., 1] * belief.weights[:, None])[:, :, None] * tables[:, :, 1]
    after[np.arange(len(aspect)), aspect] = own.transpose(0, 2, 1).reshape(-1, width)
    fits = after.transpose(1, 0, 2) @ belief.tendencies.grades.transpose(0, 2, 1)
    return _Outcomes(aspect, rows, rows.sum(axis=1), fits.transpose(1, 0, 2) / belief.scale)


class _Nameable(NamedTuple):
    """P(named first), shape `(J,)`, and which aspects were not named before."""

    share: Floats
    fresh: NDArray[np.bool_]


def _nameable(belief: Belief) -> _Nameable:
    import numpy as np

    fresh = np.array([a.key not in belief.spoken for a in belief.tendencies.aspects], dtype=bool)
    share = np.where(fresh, belief.weights * belief.mattering, 0.0)
    return _Nameable(share / max(float(share.sum()), _LEAST), fresh)


def _ahead_of_open(belief: Belief, costs: Sequence[float], open_to: Floats) -> float:
    """What the best questions gain after asking what matters most."""
    import numpy as np

    share, fresh = _nameable(belief)
    if not share.any():
        return 0.0
    count, kinds = len(share), len(belief.types)
    answering, left = belief.tendencies.answering, float(belief.mattering[fresh].sum())
    named = np.eye(count, dtype=bool)
    factors = answering.named(named, left)
    factors[:, ~fresh] = 1.0
    # P(what is wanted | type, named), for each aspect that may be named first.
    evidence = np.einsum("kjm,bjm->bkj", belief.given_type.sum(axis=2), factors)
    types = np.log(np.maximum(belief.types, 1e-300)) + np.log(evidence).sum(axis=2)
    types = np.exp(types - types.max(axis=1, keepdims=True))
    types /= types.sum(axis=1, keepdims=True)
    per_type = (types[:, :, None] / evidence).transpose(2, 0, 1)
    given = belief.given_type.transpose(1, 0, 2, 3).reshape(count, kinds, -1)
    chances = (per_type @ given).transpose(1, 0, 2).reshape(count, count, -1, 2)
    before = len(belief.spoken)
    expected = belief.tendencies.usual_count
    known, then = gained(before, expected), gained(before + 1, expected)
    weights = np.where(named, then.named[-1] / known.other, then.other / known.other)
    weights[:, ~fresh] = 1.0
    later = _own_gains(belief, chances * factors[:, :, None], belief.weights * weights) * open_to
    # Who names several gives as many to ask about, if there are as many; how many a user names
    # shows the first time. The others gain what the first does, by their lower weights.
    more = min(float(before) or answering.names, left, float(fresh.sum())) - 1.0
    first = np.diagonal(later).copy()
    np.fill_diagonal(later, 0.0)
    later = -np.sort(-later, axis=1)
    for place in range(min(math.ceil(more), count)):
        falling = gained(before + place + 2, expected).named
        usual = float(share @ first) * min(1.0, more - place) * falling[-1] / falling[before]
        later[:, place] = np.maximum(later[:, place], usual)
    later = np.hstack([first[:, None], later])
    return float(share @ _best_of(later, np.array(costs)[None]))


def _own_gains(belief: Belief, chances: Floats, weights: Floats) -> Floats:
    """EVOI of asking about each aspect as far as the answer tells of that aspect itself.

    Args:
        belief: What is known of the user.
        chances: P(value, matters) in each of several situations, `(B, J, V, 2)`.
        weights: Shape `(J,)` or `(B, J)`.

    Returns:
        Shape `(B, J)`.
    """
    import numpy as np

    grades, answers = belief.tendencies.grades, belief.tables[:, :, 1].transpose(0, 2, 1)
    wanted = chances[..., 1] * weights[..., None]
    now = (grades @ wanted[..., None])[..., 0].max(axis=-1)
    # Fit of a value x after each answer: sum over v of grade[x, v] P(answer | v) wanted[v].
    kernel = grades[:, None] * answers[:, :, None]
    count, said, width = kernel.shape[:3]
    after = np.moveaxis(wanted, 1, 0) @ kernel.reshape(count, -1, width).swapaxes(1, 2)
    best = after.reshape(count, -1, said, width).max(axis=3).sum(axis=2).T
    return np.asarray(np.maximum(best - now, 0.0) / belief.scale)


def _best_of(found: Floats, costs: Floats) -> Floats:
    """Sum of the largest gains beyond rising costs, as many as pay.

    Args:
        found: Gains, shape `(B, J)`.
        costs: Of the first, second, … question, shape `(B, m)` or `(1, m)`.
    """
    import numpy as np

    most = min(costs.shape[1], found.shape[1])
    top = -np.sort(-found, axis=1)[:, :most]
    return np.asarray(np.maximum(top - costs[:, :most], 0.0).sum(axis=1))


def _surprise(chances: Floats) -> Floats:
    """`-p ln p`, 0 where p is 0."""
    import numpy as np

    return np.asarray(-chances * np.log(np.maximum(chances, 1e-300)))
