"""Finds the slate whose answer brings most, by exchanging options one at a time.

Slates are too many to score them all. The search starts from several, and changes in each step the
one option (or, for designed profiles, the one level of one option) that brings most, until nothing
does: coordinate exchange, as for optimal designs (Meyer and Nachtsheim, 1995). Everything is
scored on the same draws of utilities, so that a better slate is better and not luckier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .acquisition import slate_scores
from .factors import Factors
from .gaussian import Gaussian, UtilityBelief

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Aim", "Found", "best_profiles", "best_slate", "utility_draws"]

_ROUNDS = 60
_LEAST_GAIN = 1e-9
Banned = Callable[["Ints"], bool]


class Aim(NamedTuple):
    """What a question is asked for; scores are sums over these, in logits.

    Attributes:
        information: What a nat is worth.
        value: What a logit of expected value is worth.
    """

    information: float
    value: float


class Found(NamedTuple):
    """A slate and what it is expected to bring.

    Attributes:
        chosen: Places of candidates, shape `(k,)`, or levels of profiles, shape `(k, factors)`.
        score: By the aim.
        information: Nats.
        value: Logits.
    """

    chosen: Ints
    score: float
    information: float
    value: float


class _Moves(NamedTuple):
    """Slates that differ in one slot, and draws of their options' utilities, `(k, s, n)`."""

    options: Ints
    utilities: Floats


def utility_draws(
    belief: UtilityBelief, rows: Floats, draws: int, rng: np.random.Generator
) -> Floats:
    """Draws of the utilities of rows together, each with its mirror image about the mean.

    Args:
        belief: Gaussian, or taken as one with the same mean and covariance.
        rows: Shape `(n, d)`.
        draws: How many; an odd number is rounded down.
        rng: Of the draws.

    Returns:
        Array of shape `(draws, n)`.
    """
    import numpy as np

    if isinstance(belief, Gaussian) and rows.shape[1] < len(rows):
        root = rows @ _root(belief.matrix)
        mean = rows @ belief.mean
    else:
        root, mean = _root(belief.covariance(rows)), belief.utility(rows).mean
    normal = rng.standard_normal((max(1, draws // 2), root.shape[1])) @ root.T
    return np.asarray(np.concatenate([mean + normal, mean - normal]))


def _root(matrix: Floats) -> Floats:
    """A square root of a covariance, which may be singular."""
    import numpy as np

    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def best_slate(
    candidates: Floats,
    starts: Sequence[Sequence[int]],
    aim: Aim,
    *,
    offered: Floats | None = None,
    banned: Banned | None = None,
) -> Found | None:
    """The best slate of candidates that can be found from some starts.

    Args:
        candidates: Draws of their utilities, shape `(s, n)`.
        starts: Slates to start from, places of candidates, all of the same size.
        aim: What counts.
        offered: Draws of the utilities of what will be offered, shape `(s, c)`; by default the
            candidates'.
        banned: Whether a slate may not be asked about.

    Returns:
        None if every slate that was met is banned.
    """
    import numpy as np

    everywhere = np.arange(candidates.shape[1])

    def move(slate: Ints, slot: int) -> _Moves:
        free = np.setdiff1d(everywhere, np.delete(slate, slot))
        options = np.repeat(slate[None], len(free), axis=0)
        options[:, slot] = free
        return _Moves(options, _varied(candidates[:, slate], slot, candidates[:, free]))

    goal = candidates if offered is None else offered
    return _best([np.array(start, dtype=np.int64) for start in starts], move, goal, aim, banned)


def best_profiles(
    factors: Factors,
    levels: Floats,
    offered: Floats,
    starts: Sequence[Ints],
    aim: Aim,
    *,
    banned: Banned | None = None,
) -> Found | None:
    """The best slate of designed profiles that can be found from some starts.

    Args:
        factors: What profiles are made of.
        levels: Draws of the utilities of the stacked levels, shape `(s, levels)`.
        offered: Draws of the utilities of what will be offered, shape `(s, c)`.
        starts: Slates of profiles to start from, each of shape `(k, factors)`.
        aim: What counts.
        banned: Whether a slate may not be asked about.
    """
    import numpy as np

    first = np.array(factors.starts)
    # What changes a profile by one level: the factor and the level.
    changes = np.array(
        [(place, level) for place, size in enumerate(factors.sizes) for level in range(size)]
    )

    def move(slate: Ints, slot: int) -> _Moves:
        place, level = changes[slate[slot, changes[:, 0]] != changes[:, 1]].T
        options = np.repeat(slate[None], len(place), axis=0)
        options[np.arange(len(place)), slot, place] = level
        now = levels[:, first + slate].sum(axis=2)
        old, new = levels[:, first[place] + slate[slot, place]], levels[:, first[place] + level]
        return _Moves(options, _varied(now, slot, now[:, [slot]] + new - old))

    return _best([np.asarray(each, dtype=np.int64) for each in starts], move, offered, aim, banned)


def _varied(draws: Floats, slot: int, others: Floats) -> Floats:
    """Draws of a slate, with something else in one slot.

    Args:
        draws: Of its options, shape `(s, k)`.
        slot: Which of them varies.
        others: Draws of what it varies over, shape `(s, n)`.

    Returns:
        Array of shape `(k, s, n)`.
    """
    import numpy as np

    found = np.empty((draws.shape[1], *others.shape), dtype=others.dtype)
    found[:] = draws.T[:, :, None]
    found[slot] = others
    return found


def _best(
    starts: Sequence[Ints],
    move: Callable[[Ints, int], _Moves],
    offered: Floats,
    aim: Aim,
    banned: Banned | None,
) -> Found | None:
    best: Found | None = None
    for start in starts:
        found = _climb(start, move, offered, aim, banned)
        if found is not None and (best is None or found.score > best.score):
            best = found
    return best


def _climb(
    slate: Ints,
    move: Callable[[Ints, int], _Moves],
    offered: Floats,
    aim: Aim,
    banned: Banned | None,
) -> Found | None:
    """Takes the best move in each slot in turn, until none improves."""
    import numpy as np

    best: Found | None = None
    idle = 0
    for turn in range(_ROUNDS):
        if idle == len(slate):
            break
        idle += 1
        options, utilities = move(slate, turn % len(slate))
        found = slate_scores(utilities, offered if aim.value else None)
        total = aim.information * found.information + aim.value * found.value
        for place in np.argsort(-total, kind="stable"):
            if best is not None and total[place] <= best.score + _LEAST_GAIN:
                break
            if banned is None or not banned(options[place]):
                slate, idle = options[place], 0
                best = Found(
                    slate,
                    float(total[place]),
                    float(found.information[place]),
                    float(found.value[place]),
                )
                break
    return best
