"""Fitting one person's posterior while learning whom and what to trust.

Two corrections, both functions of the set of evidence alone, so that evidence which is removed
leaves no trace:

- The flip rate of each source, by expectation-maximisation under a Beta prior (`sources.py`). How
  likely a label is flipped is judged by the posterior without it, taken in closed form from the
  fit with it (the leave-one-out mean and variance of Laplace's approximation), since a label must
  not vouch for itself.
- The weight of single labels, after "Secrets of RLHF in Large Language Models Part II: Reward
  Modeling" (Wang et al. 2024), who have an ensemble of reward models vote on each pair: its mean
  strength tells labels to flip, to soften and to trust. The ensemble here is the posterior without
  the label, whose members are its draws, so that the vote `Φ(μ/s)` needs no further fits; a label
  that almost all of them contradict counts less and is never flipped, since it is the user's word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from .fitting import Posed, pose
from .laplace import sigmoid
from .posterior import Posterior
from .prior import Population, Prior
from .solving import Solution, solve
from .sources import MOST_FLIPPED, SOURCES, Reliability, Sources, reliability
from .stated import Stated
from .threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .features import TextFeatures

    Floats = NDArray[np.float64]

__all__ = [
    "Compared",
    "Learned",
    "SourceRates",
    "fit_compared",
    "flips",
    "learn_rates",
    "rates_window",
]

_ROUNDS = 8
_STEPS = 200
_SETTLED = 1e-5
_MOVED = 1e-3
# Rates are learned anew once so many comparisons have come in, from so many of the latest.
_STEP = 16
_WINDOW = 256
# Below this share of votes a label begins to count less, and never for less than that.
_DOUBTED = 0.02
_LEAST = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """Comparisons as a posterior takes them, in the order of their events.

    Attributes:
        differences: Preferred minus other, shape `(n, d)`.
        target: Probabilities that the label is right, shape `(n,)`.
        weight: Shape `(n,)`, positive.
        flip: Flip rates as stated, shape `(n,)`, in [0, 0.5).
        sources: What kind of event each comes from; the rate of an empty one is not learned.
        evidence_ids: The event of each.
    """

    differences: Floats
    target: Floats
    weight: Floats
    flip: Floats
    sources: tuple[str, ...]
    evidence_ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.target)

    def part(self, chosen: slice) -> Compared:
        """Some of them."""
        return Compared(
            differences=self.differences[chosen],
            target=self.target[chosen],
            weight=self.weight[chosen],
            flip=self.flip[chosen],
            sources=self.sources[chosen],
            evidence_ids=self.evidence_ids[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """A posterior, and what was learned about its evidence.

    Attributes:
        posterior: The posterior.
        rates: The flip rate of each source, where it was learned.
        trust: What the vote of the ensemble leaves of each comparison's weight, shape `(n,)`.
        weight: What each comparison weighed in the end, shape `(n,)`.
    """

    posterior: Posterior
    rates: Mapping[str, float] = field(default_factory=dict)
    trust: Floats
    weight: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceRates:
    """What a person's latest comparisons say of their sources.

    Attributes:
        flip: The learned rate of each source, in [0, 0.45].
        window: Which comparisons it was learned from.
        alpha: Dual weights of these, then of the observations, under the rates, shape
            `(k, w + o)`; None if nothing was learned.
    """

    flip: Mapping[str, float]
    window: slice = field(default_factory=partial(slice, 0, 0))
    alpha: Floats | None = None

    def start(self, count: int) -> Floats | None:
        """Dual weights for a fit to all comparisons to start from; those of later ones are 0.

        Args:
            count: How many comparisons there are.
        """
        import numpy as np

        if self.alpha is None:
            return None
        first, stop = self.window.start, self.window.stop
        told, observed = np.split(self.alpha, [stop - first], axis=1)
        return np.hstack([np.pad(told, ((0, 0), (first, count - stop))), observed])


@one_thread()
def fit_compared(
    features: TextFeatures,
    compared: Compared,
    observed: Sequence[Stated] = (),
    *,
    prior: Prior | Population | None = None,
    context: Floats | None = None,
    sources: Sources = SOURCES,
    rates: SourceRates | None = None,
    votes: bool = True,
) -> Learned:
    """Fits a posterior from the prior, with learned flip rates and the ensemble's vote.

    The same arguments give the same posterior to the last bit.

    Args:
        features: What the rows are about.
        compared: The comparisons.
        observed: Gaussian observations of attributes' weights.
        prior: By default the features' own.
        context: What the router of a population of prototypes reads.
        sources: What is believed of each source beforehand.
        rates: What `learn_rates` gave for these, if at hand. The fit starts where that ended.
        votes: Whether labels that the others contradict count less.

    Raises:
        InputError: Shapes disagree, or a number is not finite.
    """
    import numpy as np

    if rates is None:
        rates = learn_rates(features, compared, observed, prior=prior, sources=sources)
    flip = flips(compared, rates.flip)
    posed = _posed(features, compared, observed, prior, flip)
    solution = solve(posed.evidence, posed.labels, rates.start(len(compared)))
    trust = np.ones(len(compared))
    if votes and len(compared) > 1:
        trust = _trust(posed, solution, context)
        if (trust < 1.0).any():
            labels = replace(posed.labels, weight=(compared.weight * trust)[None])
            posed = posed._replace(labels=labels)
            solution = solve(posed.evidence, labels, before=solution)
    return Learned(
        posterior=posed.posterior(features, solution, context),
        rates=rates.flip,
        trust=trust,
        weight=posed.labels.weight[0],
    )


def rates_window(count: int) -> slice:
    """Which of so many comparisons flip rates are learned from.

    The latest 256 at every sixteenth comparison; none of fewer than sixteen.
    """
    stop = count - count % _STEP
    return slice(max(0, stop - _WINDOW), stop)


@one_thread()
def learn_rates(
    features: TextFeatures,
    compared: Compared,
    observed: Sequence[Stated] = (),
    *,
    prior: Prior | Population | None = None,
    sources: Sources = SOURCES,
) -> SourceRates:
    """How often each source of a person says the opposite of what is meant.

    With labels t, predictions a of them without themselves and a rate ε, the responsibility that a
    label is flipped is `ε (1 - agree) / (ε (1 - agree) + (1 - ε) agree)` with
    `agree = t a + (1 - t)(1 - a)`; the rate is the mean of a Beta posterior over them, whose prior
    has the stated rate as its mean.

    Args:
        features: What the rows are about.
        compared: The comparisons, of which those of `rates_window` count.
        observed: Gaussian observations of attributes' weights.
        prior: By default the features' own.
        sources: What is believed of each source beforehand.

    """
    import numpy as np

    window = rates_window(len(compared))
    part = compared.part(window)
    named = sorted({each for each in part.sources if each})
    if not named:
        return SourceRates(flip={}, window=window)
    of = {name: np.array([each == name for each in part.sources]) for name in named}
    mass = {name: part.weight * of[name] for name in named}
    before = {name: float((mass[name] @ part.flip) / mass[name].sum()) for name in named}
    worth = {name: reliability(name, sources).worth for name in named}
    rates = dict(before)
    posed = _posed(features, part, observed, prior, flips(part, rates))
    solution: Solution | None = None
    for _ in range(_ROUNDS):
        flip = flips(part, rates)
        labels = replace(posed.labels, flip=flip[None])
        solution = solve(posed.evidence, labels, before=solution)
        alone = _without_itself(posed._replace(labels=labels), solution, None)
        agree = part.target * alone.chance + (1.0 - part.target) * (1.0 - alone.chance)
        found = {
            name: _rate(agree, mass[name], Reliability(before[name], worth[name]), rates[name])
            for name in named
        }
        moved = max(abs(found[name] - rates[name]) for name in named)
        rates = found
        if moved < _MOVED:
            break
    assert solution is not None, "there is one round at least"
    return SourceRates(flip=rates, window=window, alpha=solution.alpha)


def _rate(agree: Floats, mass: Floats, belief: Reliability, rate: float) -> float:
    """The rate at which predictions and prior hold, by the steps of expectation-maximisation."""
    import numpy as np

    for _ in range(_STEPS):
        wrong = rate * (1.0 - agree)
        flipped = wrong / np.maximum(wrong + (1.0 - rate) * agree, 1e-300)
        found = (belief.worth * belief.flip + float(mass @ flipped)) / (
            belief.worth + float(mass.sum())
        )
        found = min(MOST_FLIPPED, found)
        moved = abs(found - rate)
        rate = found
        if moved < _SETTLED:
            break
    return rate


def flips(compared: Compared, rates: Mapping[str, float]) -> Floats:
    """The flip rate of each comparison: its source's where that was learned, else its own."""
    import numpy as np

    stated = zip(compared.sources, compared.flip.tolist(), strict=True)
    return np.array([rates.get(source, flip) for source, flip in stated], dtype=np.float64)


def _posed(
    features: TextFeatures,
    compared: Compared,
    observed: Sequence[Stated],
    prior: Prior | Population | None,
    flip: Floats,
) -> Posed:
    return pose(
        features,
        compared.differences,
        target=compared.target,
        weight=compared.weight,
        flip=flip,
        observed=observed,
        prior=prior,
    )


class _Alone(NamedTuple):
    """What the others say of each comparison: of its logit, and of the preferred one's chance."""

    mean: Floats
    variance: Floats
    chance: Floats


def _without_itself(posed: Posed, solution: Solution, context: Floats | None) -> _Alone:
    """Each comparison under the posterior without it, mixed over prototypes.

    With posterior mean f and variance v of a row's logit, slope a and curvature w of its
    log-likelihood, the variance without it is `u = v / (1 - w v)` and the mean `f - u a`.
    """
    import numpy as np

    count = posed.comparisons
    variance = solution.variance(posed.evidence)[:, :count]
    left = np.maximum(1.0 - solution.curvature[:, :count] * variance, 1e-6)
    apart = variance / left
    mean = solution.logits[:, :count] - apart * solution.alpha[:, :count]
    shares = posed.shares(solution, context)
    chance = shares @ sigmoid(mean / np.sqrt(1.0 + math.pi / 8.0 * apart))
    middle = shares @ mean
    spread = shares @ (apart + mean * mean) - middle * middle
    return _Alone(middle, np.maximum(spread, 0.0), chance)


def _trust(posed: Posed, solution: Solution, context: Floats | None) -> Floats:
    """What is left of each comparison's weight once the others have voted on it."""
    import numpy as np

    alone = _without_itself(posed, solution, context)
    lean = 2.0 * posed.labels.target[0] - 1.0
    strength = lean * alone.mean / np.sqrt(np.maximum(alone.variance, 1e-12))
    votes = 0.5 * np.array([math.erfc(-each / math.sqrt(2.0)) for each in strength.tolist()])
    return np.clip(votes / _DOUBTED, _LEAST, 1.0)
