"""Designs a set of slates ahead of time, for a survey that everybody gets.

D-efficient choice designs by Fedorov's exchange (Fedorov, 1972; Huber and Zwerina, 1996, for
choices): each option in turn is exchanged for the candidate that raises the determinant of the
information matrix most, until none does. The information of multinomial logit depends on the taste;
without a guess it is taken where all options are as good, which is the usual neutral design.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, NamedTuple

from ....errors import InputError
from ...reward.threads import one_thread
from ..acquisition import choice_probabilities
from ..factors import Factors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Design", "design_questions", "efficiency"]

_MOST_CANDIDATES = 1500
_SWEEPS = 12
_RIDGE = 1e-6
_RANDOM = 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """A set of slates.

    Attributes:
        slates: Places of candidates, shape `(n, k)`; no two slates are the same.
        candidates: What they are places of, shape `(c, d)`.
        efficiency: The determinant of the information of a question, to the power of 1/rank.
        over_random: How many times that of the median of 32 random designs of the same size.
    """

    slates: Ints
    candidates: Floats
    efficiency: float
    over_random: float

    @property
    def rows(self) -> Floats:
        """What the options are described by, shape `(n, k, d)`."""
        import numpy as np

        return np.asarray(self.candidates[self.slates])


class _Space(NamedTuple):
    """Candidates in the directions in which they differ.

    Attributes:
        rows: Shape `(c, r)`.
        utilities: By the taste, shape `(c,)`.
        ridge: What keeps few slates' information from being singular.
    """

    rows: Floats
    utilities: Floats
    ridge: Floats


def design_questions(
    features: Floats | Factors,
    n: int,
    *,
    size: int = 2,
    taste: Floats | None = None,
    starts: int = 3,
    seed: int = 0,
) -> Design:
    """Designs `n` slates that together say as much as they can about all weights.

    Args:
        features: The candidates, shape `(c, d)`, or the factors that they are made of; of more
            than 1,500 profiles, as many random ones are considered.
        n: How many slates.
        size: Options of each, at least 2.
        taste: The weights that are expected, shape `(d,)`; by default none.
        starts: Random designs to start from.
        seed: Of those.

    Raises:
        InputError: A number is out of range or not finite, shapes disagree, there are too few
            different candidates, or they do not differ at all.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    candidates = _candidates(features, rng)
    count = len(candidates)
    if n < 1 or size < 2 or starts < 1:
        raise InputError(
            f"n is {n!r}, size {size!r} and starts {starts!r}; they must be at least 1, 2 and 1"
        )
    if count < size or comb(count, size) < n:
        raise InputError(
            f"{count} different candidates make fewer than {n} slates of {size}; give more "
            "candidates or ask for less"
        )
    space = _space(candidates, taste, size)
    with one_thread():
        best: Ints | None = None
        for _ in range(starts):
            found = _exchange(space, _random_slates(count, n, size, rng))
            if best is None or _logdet(space, found) > _logdet(space, best):
                best = found
        assert best is not None, "there is at least one start"
        random = [_logdet(space, _random_slates(count, n, size, rng)) for _ in range(_RANDOM)]
        ours = _logdet(space, best)
    rank = space.rows.shape[1]
    return Design(
        slates=best,
        candidates=candidates,
        efficiency=float(np.exp(ours / rank) / n),
        over_random=float(np.exp((ours - np.median(random)) / rank)),
    )


def efficiency(features: Floats, slates: Ints, *, taste: Floats | None = None) -> float:
    """D-efficiency of a design: `det(M / n)^(1/r)`, M the information matrix of all slates.

    Args:
        features: The candidates, shape `(c, d)`; r is the rank of their differences.
        slates: Places of candidates, shape `(n, k)`.
        taste: The weights that are expected, shape `(d,)`; by default none.

    Raises:
        InputError: Shapes disagree, or candidates do not differ.
    """
    import numpy as np

    if slates.ndim != 2 or not len(slates):
        raise InputError(f"slates have shape {slates.shape!r}; give at least one, as (n, k)")
    space = _space(np.asarray(features, dtype=np.float64), taste, slates.shape[1])
    return float(np.exp(_logdet(space, slates) / space.rows.shape[1]) / len(slates))


def _candidates(features: Floats | Factors, rng: np.random.Generator) -> Floats:
    import numpy as np

    if isinstance(features, Factors):
        return features.rows(features.listed(_MOST_CANDIDATES, rng))
    rows = np.asarray(features, dtype=np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise InputError(f"features have shape {rows.shape!r}; they must be finite, as (c, d)")
    return rows


def _space(candidates: Floats, taste: Floats | None, size: int) -> _Space:
    import numpy as np

    weights = np.zeros(candidates.shape[1]) if taste is None else np.asarray(taste, np.float64)
    if weights.shape != (candidates.shape[1],) or not np.isfinite(weights).all():
        raise InputError(
            f"the taste has shape {weights.shape!r}; it must be {candidates.shape[1]} finite "
            "numbers"
        )
    # What all candidates have in common cannot be asked about.
    centred = candidates - candidates.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    kept = sizes > 1e-9 * max(float(sizes[0]) if len(sizes) else 0.0, 1e-300)
    if not kept.any() or float(np.abs(centred).max()) == 0.0:
        raise InputError("all candidates are described alike; there is nothing to ask about")
    rows = centred @ directions[kept].T
    scale = float(np.square(rows).mean())
    return _Space(rows, candidates @ weights, _RIDGE * scale * np.eye(rows.shape[1]))


def _random_slates(count: int, n: int, size: int, rng: np.random.Generator) -> Ints:
    """Random slates, no two of the same options."""
    import numpy as np

    found: dict[tuple[int, ...], None] = {}
    while len(found) < n:
        found[tuple(sorted(rng.choice(count, size, replace=False).tolist()))] = None
    return np.array(list(found), dtype=np.int64)


def _roots(space: _Space, slates: Ints) -> Floats:
    """Z of each slate, whose information is ZᵀZ, shape `(m, k, r)`."""
    import numpy as np

    rows = space.rows[slates]
    chances = choice_probabilities(space.utilities[slates])[..., None]
    return np.asarray(np.sqrt(chances) * (rows - (chances * rows).sum(axis=1, keepdims=True)))


def _logdet(space: _Space, slates: Ints) -> float:
    import numpy as np

    roots = _roots(space, slates).reshape(-1, space.rows.shape[1])
    return float(np.linalg.slogdet(space.ridge + roots.T @ roots)[1])


def _exchange(space: _Space, slates: Ints) -> Ints:
    """Exchanges one option at a time for the best candidate, until none improves."""
    import numpy as np

    slates = slates.copy()
    count = len(space.rows)
    everything = np.arange(count)
    roots = _roots(space, slates)
    total = space.ridge + np.einsum("mkr,mks->rs", roots, roots)
    for _ in range(_SWEEPS):
        changed = False
        for place, slot in np.ndindex(slates.shape):
            without = total - roots[place].T @ roots[place]
            inverse = np.linalg.inv(without)
            free = np.setdiff1d(everything, np.delete(slates[place], slot))
            options = np.repeat(slates[place][None], len(free), axis=0)
            options[:, slot] = free
            trial = _roots(space, options)
            # det(A + ZᵀZ) = det A · det(I + Z A⁻¹ Zᵀ), which is as small as a slate.
            small = np.eye(slates.shape[1]) + trial @ inverse @ trial.transpose(0, 2, 1)
            gains = np.linalg.slogdet(small)[1]
            now = gains[int(np.flatnonzero(free == slates[place, slot])[0])]
            taken = {tuple(sorted(row)) for row in np.delete(slates, place, axis=0).tolist()}
            for best in np.argsort(-gains, kind="stable"):
                if gains[best] <= now + 1e-9:
                    break
                if tuple(sorted(options[best].tolist())) not in taken:
                    slates[place], roots[place] = options[best], trial[best]
                    total = without + trial[best].T @ trial[best]
                    changed = True
                    break
        if not changed:
            break
    return slates
