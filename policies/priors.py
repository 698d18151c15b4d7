"""The prior from which a user's posterior is fitted, in the columns of any features."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..memory.types import Context
from .reward import Population, Posterior, Prior, TextFeatures
from .reward.learning import Compared
from .reward.saved import SavedPrior, load_prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..models.types import Embedder

    Floats = NDArray[np.float64]

__all__ = ["Priors"]


class Priors:
    """What holds of people at large, given once and fitted to the features at hand. Thread-safe.

    Args:
        features: The features that the prior is over.
        given: A fitted prior, or the file that holds one; None is the features' own.
        embedder: Reads contexts.

    Raises:
        InputError: The prior is one for other features, or there is no such file.
    """

    def __init__(
        self,
        features: TextFeatures,
        given: SavedPrior | Population | Prior | Path | None,
        embedder: Embedder,
    ) -> None:
        self._features = features
        self._embedder = embedder
        self._given = Population.of(given) if isinstance(given, Prior) else given
        self._made: dict[str, Population | SavedPrior] = {}
        self._lock = threading.RLock()
        if isinstance(self._given, Population):
            for each in self._given.prototypes:
                each.check(features.dimension)
        if isinstance(self._given, Path) and not self._given.is_file():
            raise InputError(
                f"there is no prior {str(self._given)!r}; make one with penchant reward fit, or "
                "leave reward_prior out"
            )

    @property
    def _prior(self) -> SavedPrior | Population | None:
        """The prior, read from its file the first time."""
        with self._lock:
            if isinstance(self._given, Path):
                self._given = load_prior(self._given, self._features)
            return self._given

    @property
    def id(self) -> str:
        """Changes with every number of the prior."""
        prior = self._prior
        if prior is None:
            return "own"
        if isinstance(prior, Population):
            return _named(prior)
        told = (repr(prior.provenance), repr(sorted(prior.sources.items())))
        return _named(prior.population, *told)

    @property
    def sources(self) -> Mapping[str, float]:
        """Flip rates of sources that were learned with the prior."""
        prior = self._prior
        return {} if prior is None or isinstance(prior, Population) else prior.sources

    @property
    def personal(self) -> bool:
        """Whether the prior of a user depends on what they compared first."""
        prior = self._prior
        return isinstance(prior, SavedPrior) and prior.amortised is not None

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

    def routed(
        self, posterior: Posterior, chosen: TextFeatures, context: Context | str | None
    ) -> Posterior:
        """A posterior with its prototypes weighed by what the user is doing.

        Args:
            posterior: Fitted under this prior, in no particular context.
            chosen: The features that it is about.
            context: What the user is doing.

        Raises:
            EmbedderError: The context has to be read, and the embedder cannot be loaded or run.
        """
        import numpy as np

        text = context.text if isinstance(context, Context) else context
        population = self.of(chosen)
        if len(posterior.components) < 2 or not text:
            return posterior
        if population.router.shape[1] - 1 != self._embedder.dimension:
            return posterior
        vector = self._embedder.embed([text])[0].astype(np.float64)
        before = np.maximum(population.shares(None), 1e-300)
        shares = np.array([each.share for each in posterior.components])
        shares = shares * population.shares(vector) / before
        shares /= shares.sum()
        return replace(
            posterior,
            components=tuple(
                replace(each, share=float(share))
                for each, share in zip(posterior.components, shares, strict=True)
            ),
        )

    def _make(self, chosen: TextFeatures) -> Population | SavedPrior:
        prior = self._prior
        if prior is None:
            return Population.of(chosen.prior())
        if not isinstance(prior, Population):
            return prior.for_features(chosen)
        if chosen.id == self._features.id:
            return prior
        wider = tuple(self._wider(each, chosen) for each in prior.prototypes)
        return replace(prior, prototypes=wider)

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
