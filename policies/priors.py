"""The prior from which a user's posterior is fitted, in the columns of any features."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from .reward import Population, Prior, TextFeatures
from .reward.learning import Compared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .reward.saved import SavedPrior

    Floats = NDArray[np.float64]

__all__ = ["Priors"]


class Priors:
    """What holds of people at large, given once and fitted to the features at hand. Thread-safe.

    Args:
        features: The features that the prior is over.
        given: A fitted prior; None is the features' own.

    Raises:
        InputError: The prior is one for other features.
    """

    def __init__(
        self, features: TextFeatures, given: SavedPrior | Population | Prior | None
    ) -> None:
        self._features = features
        self._saved: SavedPrior | None = None
        self._population: Population | None = None
        if isinstance(given, Prior):
            given = Population.of(given)
        if isinstance(given, Population):
            for each in given.prototypes:
                each.check(features.dimension)
            self._population = given
        elif given is not None:
            self._saved = given.for_features(features)
        self._made: dict[str, Population | SavedPrior] = {}
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """Changes with every number of the prior."""
        if self._saved is not None:
            saved = self._saved
            told = (repr(saved.provenance), repr(sorted(saved.sources.items())))
            return _named(saved.population, *told)
        return "own" if self._population is None else _named(self._population)

    @property
    def sources(self) -> Mapping[str, float]:
        """Flip rates of sources that were learned with the prior."""
        return {} if self._saved is None else self._saved.sources

    @property
    def personal(self) -> bool:
        """Whether the prior of a user depends on what they compared first."""
        return self._saved is not None and self._saved.amortised is not None

    def of(self, chosen: TextFeatures, compared: Compared | None = None) -> Population:
        """The prior in the columns of some features.

        Args:
            chosen: The features that it was given for, with an app's own.
            compared: What a user compared, oldest first, for a prior that is read off it.
        """
        with self._lock:
            made = self._made.get(chosen.id)
            if made is None:
                made = self._made[chosen.id] = self._make(chosen)
        if isinstance(made, Population):
            return made
        if compared is None or not len(compared):
            return made.prior()
        return made.prior(compared.differences, compared.target)

    def _make(self, chosen: TextFeatures) -> Population | SavedPrior:
        if self._saved is not None:
            return self._saved.for_features(chosen)
        if self._population is None:
            return Population.of(chosen.prior())
        if chosen.id == self._features.id:
            return self._population
        return replace(
            self._population,
            prototypes=tuple(self._wider(each, chosen) for each in self._population.prototypes),
        )

    def _wider(self, prior: Prior, chosen: TextFeatures) -> Prior:
        """A prior over the columns of other features; those it does not know have theirs."""
        import numpy as np

        places = {name: place for place, name in enumerate(self._features.names)}
        index = np.array([places.get(name, -1) for name in chosen.names])
        known, own = index >= 0, chosen.prior()
        factor = prior.factor
        return Prior(
            mean=np.where(known, prior.mean[index], own.mean),
            variance=np.where(known, prior.variance[index], own.variance),
            factor=None if factor is None else np.where(known, factor[:, index], 0.0),
        )


def _named(population: Population, *besides: str) -> str:
    digest = blake2b(digest_size=16)
    for each in population.prototypes:
        for array in (each.mean, each.variance, each.factor):
            digest.update(b"none" if array is None else array.tobytes())
    digest.update(population.router.tobytes())
    for part in besides:
        digest.update(part.encode())
    return digest.hexdigest()
