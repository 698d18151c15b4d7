"""Fitting the personal reward model to comparisons and stored preferences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ...memory.types import Preference
from .evidence import Comparison
from .features import TextFeatures
from .laplace import Labels
from .posterior import Component, Posterior
from .prior import Population, Prior
from .solving import Evidence, Solution, solve
from .stated import Stated, stated
from .threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MOST = 1e7


def fit(
    features: TextFeatures,
    comparisons: Sequence[Comparison],
    preferences: Sequence[Preference] = (),
    *,
    prior: Prior | Population | None = None,
    context: Floats | None = None,
) -> Posterior:
    """Fits the posterior to all evidence, always from the prior.

    So removing a comparison and fitting again is the same as never having seen it. Deterministic.

    Args:
        features: What texts are described by.
        comparisons: The user's comparisons.
        preferences: Stored preferences that apply.
        prior: By default the features' own.
        context: What the router of a population of prototypes reads.

    Raises:
        InputError: A weight, target or flip rate is out of its range, or the prior has the wrong
            shape.
        EmbedderError: The embedder cannot be loaded or run.
    """
    import numpy as np

    for each in comparisons:
        _check(each)
    rows = features.compare(
        [each.preferred for each in comparisons], [each.other for each in comparisons]
    )
    return fit_rows(
        features,
        rows,
        target=np.array([each.target for each in comparisons]),
        weight=np.array([each.weight for each in comparisons]),
        flip=np.array([each.flip for each in comparisons]),
        observed=stated(preferences, features.app_features),
        prior=prior,
        context=context,
    )


def fit_rows(
    features: TextFeatures,
    differences: Floats,
    *,
    target: Floats | None = None,
    weight: Floats | None = None,
    flip: Floats | None = None,
    observed: Sequence[Stated] = (),
    prior: Prior | Population | None = None,
    context: Floats | None = None,
    start: Posterior | None = None,
) -> Posterior:
    """Fits the posterior to rows that are computed already.

    Args:
        features: What the rows are about.
        differences: What `compare` gives, preferred first, shape `(n, d)`.
        target: Probabilities that the label is right, shape `(n,)`; by default 1.
        weight: Positive weights, shape `(n,)`; by default 1.
        flip: Flip rates in [0, 0.5), shape `(n,)`; by default 0.
        observed: Gaussian observations of attributes' weights.
        prior: By default the features' own.
        context: What the router of a population of prototypes reads, shape `(c,)`.
        start: A posterior of the same evidence but for its last comparisons; fitting is faster
            from there. It ends at the same posterior if no flip rate is above 0, since there is
            only one mode then.

    Raises:
        InputError: Shapes disagree, or a number is not finite.
    """
    with one_thread():
        posed = pose(
            features,
            differences,
            target=target,
            weight=weight,
            flip=flip,
            observed=observed,
            prior=prior,
        )
        warm = None if start is None else posed.start(start)
        return posed.posterior(features, solve(posed.evidence, posed.labels, warm), context)


class Posed(NamedTuple):
    """Evidence and prior of one person, checked and ready to be solved.

    Attributes:
        population: The prior.
        evidence: Rows of the comparisons, then of the observations.
        labels: What was seen in them.
    """

    population: Population
    evidence: Evidence
    labels: Labels

    @property
    def comparisons(self) -> int:
        """How many comparisons there are."""
        return int(self.labels.target.shape[1])

    def start(self, before: Posterior) -> Floats | None:
        """Dual weights to start from: those of the earlier evidence, and 0 for the new."""
        import numpy as np

        told, observed = before.comparisons, before.observations
        fits = (
            len(before.components) == len(self.population.prototypes)
            and told <= self.comparisons
            and all(each.mode is not None for each in before.components)
            and told + observed == len(before.components[0].alpha)
            and self.comparisons + observed == len(self.evidence.rows)
        )
        if not fits:
            return None
        new = np.zeros(self.comparisons - told)
        return np.stack(
            [
                np.concatenate([each.mode[:told], new, each.mode[told:]])
                for each in before.components
                if each.mode is not None
            ]
        )

    def shares(self, solution: Solution, context: Floats | None) -> Floats:
        """How likely each prototype is, given the evidence and the context; they sum to 1."""
        import numpy as np

        routed = np.log(np.maximum(self.population.shares(context), 1e-300))
        log = routed + solution.evidence
        shares = np.exp(log - log.max())
        return np.asarray(shares / shares.sum())

    def posterior(
        self, features: TextFeatures, solution: Solution, context: Floats | None
    ) -> Posterior:
        """The posterior that belongs to its modes, as sure as it should be."""
        shares = self.shares(solution, context)
        better = solution.smoothed(self.evidence, self.labels)
        return Posterior(
            feature_set=features.id,
            attributes=features.attributes,
            planes=features.planes,
            prior=self.population.prototypes[0],
            components=tuple(
                Component(
                    share=float(shares[place]),
                    mean=each.mean + better.alpha[place] @ self.evidence.spread,
                    reduction=better.reduction(place, self.evidence),
                    alpha=better.alpha[place],
                    mode=solution.alpha[place],
                )
                for place, each in enumerate(self.population.prototypes)
            ),
            comparisons=self.comparisons,
            observations=len(self.evidence.rows) - self.comparisons,
        )


def pose(
    features: TextFeatures,
    differences: Floats,
    *,
    target: Floats | None = None,
    weight: Floats | None = None,
    flip: Floats | None = None,
    observed: Sequence[Stated] = (),
    prior: Prior | Population | None = None,
) -> Posed:
    """Checks evidence and prior, and puts them together; the arguments are those of `fit_rows`.

    Raises:
        InputError: Shapes disagree, or a number is not finite.
    """
    import numpy as np

    count, width = len(differences), features.dimension
    if differences.shape != (count, width) or not (np.abs(differences) <= _MOST).all():
        raise InputError(
            f"differences has shape {differences.shape!r}; it must be finite, below {_MOST:g} and "
            f"{width} wide, as {features.id!r} makes it"
        )
    population = _population(features.prior() if prior is None else prior)
    for each in population.prototypes:
        each.check(width)
    for name, given in (("target", target), ("weight", weight), ("flip", flip)):
        if given is not None and (given.shape != (count,) or not np.isfinite(given).all()):
            raise InputError(f"{name} has shape {given.shape!r}; it must be {count} finite numbers")
    columns = {name: place for place, name in enumerate(features.attributes)}
    pseudo = np.zeros((len(observed), width))
    for place, said in enumerate(observed):
        pseudo[place, columns[said.attribute]] = 1.0
    rows = np.vstack([differences, pseudo])
    shared = population.prototypes[0]
    return Posed(
        population=population,
        evidence=Evidence(
            rows=rows,
            spread=shared.spread(rows),
            base=np.stack([rows @ each.mean for each in population.prototypes]),
            prior=shared,
        ),
        labels=Labels(
            target=np.ones((1, count)) if target is None else target[None],
            weight=np.ones((1, count)) if weight is None else weight[None],
            flip=np.zeros((1, count)) if flip is None else flip[None],
            value=np.array([[each.value for each in observed]]),
            precision=np.array([[each.sd**-2 for each in observed]]),
        ),
    )


def _population(prior: Prior | Population) -> Population:
    return Population.of(prior) if isinstance(prior, Prior) else prior


def _check(comparison: Comparison) -> None:
    numbers = {
        "target": (comparison.target, 0.0 <= comparison.target <= 1.0),
        "weight": (comparison.weight, 0.0 < comparison.weight < math.inf),
        "flip": (comparison.flip, 0.0 <= comparison.flip < 0.5),
    }
    for name, (value, fits) in numbers.items():
        if not fits:
            raise InputError(
                f"a comparison has {name}={value!r}; target must lie in [0, 1], weight above 0 and "
                "flip in [0, 0.5)"
            )
