"""The best offer to a segment of people, alone or against a rival's.

After "Selecting Optimal Candidate Profiles in Adversarial Environments Using Conjoint Analysis and
Machine Learning" (Goplerud, Imai and Jerzak): not one profile but a distribution π over the levels
of each factor, `max_π E_π Q - λ ‖π - p‖²`, which stays as near to what is usual, p, as λ asks. With
an outcome that is linear in levels and their pairs, the solution is that of a linear system,
`π* = C⁻¹ b`, wherever that is a distribution; two rivals take turns to answer each other's best.
There the outcome model is fitted to survey answers; here to how often people whose tastes are known
(posterior means, or draws) would choose one profile over another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ....errors import InputError
from ...reward.threads import one_thread
from ..factors import Factors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Duel", "Offer", "Segment", "optimal_offer", "rival_offers"]

_PAIRS = 4000
_RIDGE = 1e-4
_STEPS = 5000
_STILL = 1e-10
_ROUNDS = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """How often people of a segment choose one profile over another.

    Offers are optimised on `P(a over b) = ½ + β·(a - b) + ½(aᵀΓa - bᵀΓb) + aᵀGb`, for profiles a
    and b as 0s and 1s over all `l` levels; `explained` says how near that is.

    Attributes:
        factors: What profiles are made of.
        tastes: The people's weights, shape `(u, d)`.
        linear: β, shape `(l,)`.
        interactions: Γ, shape `(l, l)`, symmetric, 0 within a factor.
        rivalry: G, shape `(l, l)`, antisymmetric: what beats what.
        explained: Share of the variance of held-out probabilities that this explains.
    """

    factors: Factors
    tastes: Floats
    linear: Floats
    interactions: Floats
    rivalry: Floats
    explained: float

    @classmethod
    def of(cls, factors: Factors, tastes: Floats, *, seed: int = 0) -> Segment:
        """Fits a segment to the tastes of its people.

        Args:
            factors: What profiles are made of.
            tastes: Weights, shape `(u, d)`: posterior means of its people, or draws from their
                posteriors, which also say how unsure those are.
            seed: Of the pairs of profiles that it is fitted to.

        Raises:
            InputError: There is nobody, or shapes disagree, or a number is not finite.
        """
        import numpy as np

        weights = np.asarray(tastes, dtype=np.float64)
        width = factors.stacked.shape[1]
        if weights.ndim != 2 or not len(weights) or weights.shape[1] != width:
            raise InputError(
                f"tastes have shape {weights.shape!r}; give at least one person, {width} wide as "
                "the factors are"
            )
        if not np.isfinite(weights).all():
            raise InputError("a taste holds a number that is not finite; mend what made it")
        rng = np.random.default_rng(seed)
        ours, theirs = factors.sample(_PAIRS, rng), factors.sample(_PAIRS, rng)
        apart = (factors.rows(ours) - factors.rows(theirs)) @ weights.T
        target = (0.5 * np.tanh(0.5 * apart)).mean(axis=1)
        first, second = _ones(factors, ours), _ones(factors, theirs)
        held = np.arange(_PAIRS) % 5 == 0
        with one_thread():
            tried = _regress(factors, first[~held], second[~held], target[~held])
            left = target[held] - _edge(tried, first[held], second[held])
            found = _regress(factors, first, second, target)
        variance = float(np.var(target[held]))
        explained = 1.0 - float(np.square(left).mean()) / variance if variance > 1e-18 else 1.0
        return cls(
            factors=factors,
            tastes=weights,
            linear=found.linear,
            interactions=found.interactions,
            rivalry=found.rivalry,
            explained=explained,
        )

    def chosen(self, ours: Floats, theirs: Floats, *, seed: int = 0) -> float:
        """How often these people choose a profile of one distribution over one of another.

        From 4,000 pairs of profiles, not by the approximation.

        Args:
            ours: Shares of levels, stacked, shape `(l,)`.
            theirs: The same.
            seed: Of the profiles.

        Returns:
            In [0, 1].
        """
        import numpy as np

        rng = np.random.default_rng(seed)
        first, second = self._drawn(ours, rng), self._drawn(theirs, rng)
        apart = (self.factors.rows(first) - self.factors.rows(second)) @ self.tastes.T
        return float(0.5 + 0.5 * np.tanh(0.5 * apart).mean())

    def _drawn(self, shares: Floats, rng: np.random.Generator) -> Ints:
        import numpy as np

        parts = np.split(shares, self.factors.starts[1:])
        columns = [rng.choice(len(part), size=_PAIRS, p=part / part.sum()) for part in parts]
        return np.stack(columns, axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer:
    """A distribution over offers.

    Attributes:
        shares: For each factor the share of each level.
        profile: The likeliest level of each factor.
        chosen: How often it is chosen over what it is up against, in [0, 1].
        certain: Whether it is the best there is: the problem is concave, so that a best one among
            the near ones is a best one among all.
    """

    shares: tuple[Floats, ...]
    profile: tuple[int, ...]
    chosen: float
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Duel:
    """Two rivals' offers, each an answer to the other's.

    Attributes:
        ours: Ours.
        theirs: The rival's.
        chosen: How often ours is chosen over theirs.
        rounds: How often they took turns.
        gain: What the one who would gain more from another offer would gain; 0 in equilibrium.
    """

    ours: Offer
    theirs: Offer
    chosen: float
    rounds: int
    gain: float


class _Outcome(NamedTuple):
    linear: Floats
    interactions: Floats
    rivalry: Floats


class _Problem(NamedTuple):
    """`max b·π + ½ πᵀΓπ - λ‖π - p‖²` over a simplex for each factor."""

    linear: Floats
    interactions: Floats
    caution: float
    usual: Floats
    sizes: tuple[int, ...]


def optimal_offer(
    segment: Segment, *, caution: float = 0.1, usual: Sequence[Floats] | None = None
) -> Offer:
    """The best offer to a segment, near what is usual.

    Args:
        segment: Who chooses.
        caution: λ, not negative: the more, the nearer to what is usual. 0 gives a single profile.
        usual: For each factor the share of each level in what is usually offered, which is also
            what people choose against; by default all levels alike.

    Raises:
        InputError: The caution is negative or not finite, or shares do not fit.
    """
    around = _stacked(segment.factors, usual)
    problem = _problem(segment, around, around, caution)
    with one_thread():
        best = _solved(problem)
    return _offer(segment, best, around, problem)


def rival_offers(
    segment: Segment,
    *,
    caution: float = 0.1,
    their_caution: float | None = None,
    usual: Sequence[Floats] | None = None,
    their_usual: Sequence[Floats] | None = None,
    tolerance: float = 1e-6,
) -> Duel:
    """Offers of two rivals to the same people, each the best answer to the other's.

    They take turns; each goes half of the way to its best answer, so that they do not chase each
    other in circles.

    Args:
        segment: Who chooses between them.
        caution: Our λ; without any, answers may jump for ever.
        their_caution: The rival's; by default ours.
        usual: What we usually offer; see `optimal_offer`.
        their_usual: What the rival does.
        tolerance: Gains below this are none.

    Raises:
        InputError: A caution is negative or not finite, or shares do not fit.
    """
    home, away = _stacked(segment.factors, usual), _stacked(segment.factors, their_usual)
    theirs_caution = caution if their_caution is None else their_caution
    ours, theirs = home, away
    gain = float("inf")
    rounds = 0
    with one_thread():
        while rounds < _ROUNDS:
            rounds += 1
            mine = _problem(segment, theirs, home, caution)
            best = _solved(mine)
            gained = _objective(mine, best) - _objective(mine, ours)
            ours = 0.5 * (ours + best)
            other = _problem(segment, ours, away, theirs_caution)
            answer = _solved(other)
            gain = max(gained, _objective(other, answer) - _objective(other, theirs))
            if gain < tolerance:
                break
            theirs = 0.5 * (theirs + answer)
    return Duel(
        ours=_offer(segment, ours, theirs, _problem(segment, theirs, home, caution)),
        theirs=_offer(segment, theirs, ours, _problem(segment, ours, away, theirs_caution)),
        chosen=segment.chosen(ours, theirs),
        rounds=rounds,
        gain=max(0.0, gain),
    )


def _problem(segment: Segment, against: Floats, usual: Floats, caution: float) -> _Problem:
    if not 0.0 <= caution < float("inf"):
        raise InputError(f"caution is {caution!r}; it must be finite and not negative")
    linear = segment.linear + segment.rivalry @ against
    return _Problem(linear, segment.interactions, caution, usual, segment.factors.sizes)


def _offer(segment: Segment, shares: Floats, against: Floats, problem: _Problem) -> Offer:
    import numpy as np

    parts = np.split(shares, segment.factors.starts[1:])
    return Offer(
        shares=tuple(parts),
        profile=tuple(int(part.argmax()) for part in parts),
        chosen=segment.chosen(shares, against),
        certain=_concave(problem),
    )


def _stacked(factors: Factors, shares: Sequence[Floats] | None) -> Floats:
    import numpy as np

    if shares is None:
        return np.concatenate([np.full(size, 1.0 / size) for size in factors.sizes])
    parts = [np.asarray(part, dtype=np.float64) for part in shares]
    fits = len(parts) == len(factors.sizes) and all(
        part.shape == (size,) and (part >= 0).all() and abs(float(part.sum()) - 1.0) < 1e-6
        for part, size in zip(parts, factors.sizes, strict=False)
    )
    if not fits:
        raise InputError(
            f"shares have shapes {[part.shape for part in parts]!r}; give for each factor "
            f"{factors.sizes!r} shares that are not negative and sum to 1"
        )
    return np.concatenate(parts)


# The linear system, and where it gives no distribution


def _solved(problem: _Problem) -> Floats:
    """The best distribution: by the linear system if it gives one, else by projected steps."""
    starts = [problem.usual, *_corners(problem)]
    free = _linear_solution(problem)
    if free is not None:
        if float(free.min()) >= 0.0 and _concave(problem):
            return free
        starts.insert(0, _projected(free, problem.sizes))
    return max((_climbed(problem, each) for each in starts), key=lambda s: _objective(problem, s))


def _linear_solution(problem: _Problem) -> Floats | None:
    """`(2λI - Γ) π + Aᵀν = b + 2λp, Aπ = 1`, a row of A for each factor; None if it is singular."""
    import numpy as np

    count, factors = len(problem.usual), len(problem.sizes)
    sums = np.repeat(np.eye(factors), problem.sizes, axis=1)
    system = np.zeros((count + factors, count + factors))
    system[:count, :count] = 2.0 * problem.caution * np.eye(count) - problem.interactions
    system[:count, count:], system[count:, :count] = sums.T, sums
    right = np.concatenate(
        [problem.linear + 2.0 * problem.caution * problem.usual, np.ones(factors)]
    )
    try:
        found = np.linalg.solve(system, right)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(found[:count]) if np.isfinite(found).all() else None


def _concave(problem: _Problem) -> bool:
    """Whether the objective is concave over the distributions, so that a near best is the best."""
    import numpy as np

    # Distributions differ by vectors that sum to 0 for each factor.
    blocks = [np.eye(size) - 1.0 / size for size in problem.sizes]
    count = len(problem.usual)
    along = np.zeros((count, count))
    start = 0
    for block in blocks:
        along[start : start + len(block), start : start + len(block)] = block
        start += len(block)
    bent = along @ (problem.interactions - 2.0 * problem.caution * np.eye(count)) @ along
    return bool(float(np.linalg.eigvalsh(bent).max()) <= 1e-9)


def _corners(problem: _Problem) -> list[Floats]:
    """The best single profile by its linear part: where to start if there is more than one hill."""
    import numpy as np

    best = np.zeros(len(problem.usual))
    start = 0
    for size in problem.sizes:
        best[start + int(problem.linear[start : start + size].argmax())] = 1.0
        start += size
    return [best]


def _climbed(problem: _Problem, shares: Floats) -> Floats:
    """Gradient steps, projected onto the distributions, until they stand still."""
    import numpy as np

    bend = float(np.abs(np.linalg.eigvalsh(problem.interactions)).max(initial=0.0))
    step = 1.0 / max(2.0 * problem.caution + bend, 1e-3)
    for _ in range(_STEPS):
        slope = problem.linear + problem.interactions @ shares
        slope = slope - 2.0 * problem.caution * (shares - problem.usual)
        after = _projected(shares + step * slope, problem.sizes)
        if float(np.abs(after - shares).max()) < _STILL:
            return after
        shares = after
    return shares


def _projected(values: Floats, sizes: Sequence[int]) -> Floats:
    """The nearest distributions (Duchi et al., 2008)."""
    import numpy as np

    found = []
    start = 0
    for size in sizes:
        part = values[start : start + size]
        order = np.sort(part)[::-1]
        over = (np.cumsum(order) - 1.0) / np.arange(1, size + 1)
        found.append(np.maximum(part - over[np.flatnonzero(order > over)[-1]], 0.0))
        start += size
    return np.concatenate(found)


def _objective(problem: _Problem, shares: Floats) -> float:
    away = shares - problem.usual
    return float(
        problem.linear @ shares
        + 0.5 * shares @ problem.interactions @ shares
        - problem.caution * away @ away
    )


# The outcome


def _ones(factors: Factors, profiles: Ints) -> Floats:
    """Profiles as 0s and 1s over all levels, shape `(n, l)`."""
    import numpy as np

    found = np.zeros((len(profiles), sum(factors.sizes)))
    np.put_along_axis(found, profiles + np.array(factors.starts), 1.0, axis=1)
    return found


def _regress(factors: Factors, first: Floats, second: Floats, target: Floats) -> _Outcome:
    """Ridge regression on levels, pairs of levels, and who has what against whom."""
    import numpy as np

    count = first.shape[1]
    factor = np.repeat(np.arange(len(factors.sizes)), factors.sizes)
    left, right = np.triu_indices(count, 1)
    apart = factor[left] != factor[right]
    rows = np.hstack(
        [
            first - second,
            (first[:, left] * first[:, right] - second[:, left] * second[:, right])[:, apart],
            first[:, left] * second[:, right] - first[:, right] * second[:, left],
        ]
    )
    gram = rows.T @ rows + _RIDGE * len(rows) * np.eye(rows.shape[1])
    found: Floats = np.asarray(np.linalg.solve(gram, rows.T @ target), dtype=np.float64)
    pairs = int(apart.sum())
    interactions, rivalry = np.zeros((count, count)), np.zeros((count, count))
    interactions[left[apart], right[apart]] = found[count : count + pairs]
    rivalry[left, right] = found[count + pairs :]
    return _Outcome(found[:count], interactions + interactions.T, rivalry - rivalry.T)


def _edge(outcome: _Outcome, first: Floats, second: Floats) -> Floats:
    """How much oftener than half the time the first is chosen, shape `(n,)`."""
    import numpy as np

    def quadratic(rows: Floats) -> Floats:
        return np.asarray(0.5 * ((rows @ outcome.interactions) * rows).sum(axis=1))

    return np.asarray(
        (first - second) @ outcome.linear
        + quadratic(first)
        - quadratic(second)
        + ((first @ outcome.rivalry) * second).sum(axis=1)
    )
