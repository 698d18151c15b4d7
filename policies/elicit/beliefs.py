"""What one user wants of a request, as far as it is known: a belief over every aspect at once.

Each aspect has a value that is wanted and either matters or does not ("few of twenty matter").
Given the type of person they are independent, so that the belief after any number of answers is
the type's posterior times a small table for each aspect, exact and without sampling.

PEP (arXiv 2602.15012) asks from population correlations by information gain. Here the user's own
posterior, whether each aspect matters, and the value of an answer to the reply are kept besides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ...errors import InputError, NotFoundError
from .answering import gained
from .tendencies import Tendencies

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Belief"]

CAUTION = 0.15
_LEAST = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Belief:
    """A posterior over what one user wants. Immutable: to learn is to make another.

    Attributes:
        tendencies: What people at large want.
        likely: P(what was observed of an aspect | value wanted, matters), shape `(J, V, 2)`.
        stakes: How much each aspect counts where it matters, before anything is known of the
            user, shape `(J,)`.
        spoken: Keys of the aspects that the user named as those that matter, in their order.
        relative: Measure fit in shares of the weight of all aspects, so that it lies in [0, 1].
    """

    tendencies: Tendencies
    likely: Floats
    stakes: Floats
    spoken: tuple[str, ...] = ()
    relative: bool = True

    @classmethod
    def of(
        cls,
        tendencies: Tendencies,
        *,
        stakes: Mapping[str, float] | None = None,
        relative: bool = True,
    ) -> Belief:
        """What is believed of somebody of whom nothing is known.

        Args:
            tendencies: What people at large want.
            stakes: How much aspects count where they matter, by key; 1 for the others.
            relative: See the attribute.
        """
        import numpy as np

        given = stakes or {}
        likely = np.zeros((*tendencies.values.shape[1:], 2))
        for place, aspect in enumerate(tendencies.aspects):
            likely[place, : len(aspect.values)] = 1.0
        return cls(
            tendencies=tendencies,
            likely=likely,
            stakes=np.array([given.get(a.key, 1.0) for a in tendencies.aspects]),
            relative=relative,
        )

    # What is learned

    def told(self, key: str, value: str, *, sure: float | None = None) -> Belief:
        """The user wants this value of an aspect.

        Args:
            key: The aspect.
            value: One of its values.
            sure: How reliable that is, in [0, 1]; None takes it as an answer to a question.

        Raises:
            NotFoundError: There is no such aspect or value.
        """
        place = self.place(key)
        aspect = self.tendencies.aspects[place]
        if value not in aspect.values:
            raise NotFoundError(f"aspect {key!r} has no value {value!r}; it has {aspect.values!r}")
        return self._heard(place, aspect.values.index(value), sure)

    def indifferent(self, key: str) -> Belief:
        """The user does not mind about an aspect.

        Raises:
            NotFoundError: There is no such aspect.
        """
        return self._heard(self.place(key), self.likely.shape[1], None)

    def leaning(self, key: str, likelihoods: Sequence[float]) -> Belief:
        """Something else speaks for some values of an aspect.

        Args:
            key: The aspect.
            likelihoods: P(it | value), up to a factor, one for each value.

        Raises:
            NotFoundError: There is no such aspect.
            InputError: They are not as many as the values, or not all positive and finite.
        """
        import numpy as np

        place = self.place(key)
        given = np.asarray(likelihoods, dtype=np.float64)
        size = len(self.tendencies.aspects[place].values)
        if given.shape != (size,) or not (np.isfinite(given).all() and (given > 0).all()):
            raise InputError(f"likelihoods are {likelihoods!r}; give {size} positive numbers")
        likely = self.likely.copy()
        likely[place, :size] *= (given / given.max())[:, None]
        return replace(self, likely=_steadied(likely))

    def named(self, keys: Sequence[str]) -> Belief:
        """Asked what matters most, or what else does, the user named these aspects.

        Args:
            keys: The aspects, in the user's order; those that are not there, or were named
                before, are passed over. None at all says that nothing else matters.
        """
        import numpy as np

        new = [key for key in dict.fromkeys(keys) if key in self._places and key not in self.spoken]
        if keys and not new:
            return self
        fresh = np.array([a.key not in self.spoken for a in self.tendencies.aspects], dtype=bool)
        mask = np.array([a.key in new for a in self.tendencies.aspects], dtype=bool)
        answering = self.tendencies.answering
        factors = np.ones((len(mask), 2))
        if new:
            expected = float(self.mattering[fresh].sum())
            factors[fresh] = answering.named(mask[fresh], expected)
        else:
            factors[fresh, 1] = answering.shrug
        return replace(
            self,
            likely=_steadied(self.likely * factors[:, None, :]),
            spoken=(*self.spoken, *new),
        )

    @cached_property
    def weights(self) -> Floats:
        """How much each aspect counts where it matters, shape `(J,)`."""
        import numpy as np

        if not self.spoken:
            return self.stakes
        expected = self.tendencies.usual_count
        gains = gained(len(self.spoken), expected)
        factors = np.full(len(self.stakes), gains.other)
        for key, factor in zip(self.spoken, gains.named, strict=True):
            factors[self.place(key)] = factor
        return np.asarray(self.stakes * factors)

    def _heard(self, place: int, column: int, sure: float | None) -> Belief:
        aspect = self.tendencies.aspects[place]
        answering = self.tendencies.answering
        if sure is not None:
            answering = replace(answering, slip=min(max(1.0 - sure, 0.0), 1.0))
        table = answering.table(len(aspect.values), self.likely.shape[1])
        likely = self.likely.copy()
        likely[place] *= table[:, :, column]
        return replace(self, likely=_steadied(likely))

    # What follows

    def place(self, key: str) -> int:
        """The place of an aspect.

        Raises:
            NotFoundError: There is no such aspect.
        """
        place = self._places.get(key)
        if place is None:
            raise NotFoundError(
                f"there is no aspect {key!r}; there are {', '.join(self._places) or 'none'}"
            )
        return place

    @cached_property
    def _places(self) -> dict[str, int]:
        return {aspect.key: place for place, aspect in enumerate(self.tendencies.aspects)}

    @cached_property
    def _joint(self) -> Floats:
        """P(value, matters | type, observed), shape `(K, J, V, 2)`, and types in `types`."""
        import numpy as np

        known = self.tendencies
        matters = np.stack([1.0 - known.matters, known.matters], axis=-1)
        return np.asarray(known.values[..., None] * matters[:, :, None, :] * self.likely)

    @cached_property
    def types(self) -> Floats:
        """P(type), shape `(K,)`."""
        import numpy as np

        evidence = np.log(np.maximum(self._joint.sum(axis=(2, 3)), 1e-300)).sum(axis=1)
        logits = np.log(np.maximum(self.tendencies.shares, 1e-300)) + evidence
        chances = np.exp(logits - logits.max())
        return np.asarray(chances / chances.sum())

    @cached_property
    def given_type(self) -> Floats:
        """P(value wanted, matters | type), shape `(K, J, V, 2)`; each aspect sums to 1."""
        import numpy as np

        return np.asarray(
            self._joint / np.maximum(self._joint.sum(axis=(2, 3), keepdims=True), 1e-300)
        )

    @cached_property
    def chances(self) -> Floats:
        """P(value wanted, matters), shape `(J, V, 2)`; each aspect sums to 1."""
        import numpy as np

        return np.asarray(np.tensordot(self.types, self.given_type, axes=1))

    @property
    def mattering(self) -> Floats:
        """P(the aspect matters), shape `(J,)`."""
        import numpy as np

        return np.asarray(self.chances[..., 1].sum(axis=1))

    @cached_property
    def scale(self) -> float:
        """What fits are divided by: the weight of all aspects if they are relative, else 1."""
        return float(max((self.weights * self.mattering).sum(), _LEAST)) if self.relative else 1.0

    @cached_property
    def fits(self) -> Floats:
        """Expected fit of a reply that gives an aspect each value, shape `(J, V)`."""
        import numpy as np

        wanted = self.chances[..., 1] * self.weights[:, None]
        return np.asarray(np.einsum("jv,jxv->jx", wanted, self.tendencies.grades) / self.scale)

    @property
    def fit(self) -> float:
        """Expected fit of the best reply; in [0, 1] if relative."""
        return float(self.fits.max(axis=1).sum())

    def best(self, caution: float = CAUTION) -> dict[str, str]:
        """The value of each aspect that a reply should have.

        That of the reply that fits best, except that a reply departs from what suits people at
        large only where that is expected to gain something: a slightly better guess about what
        was never asked makes as many replies worse as better.

        Args:
            caution: The least gain in fit, where the aspect matters, for which to depart from what
                suits people at large; in [0, 1].
        """
        import numpy as np

        usual, top = self._usual, self.fits.argmax(axis=1)
        rows = np.arange(len(top))
        mattering = np.maximum(self.weights * self.mattering, _LEAST) / self.scale
        gain = (self.fits[rows, top] - self.fits[rows, usual]) / mattering
        chosen = np.where(gain > caution, top, usual)
        return {
            aspect.key: aspect.values[int(chosen[place])]
            for place, aspect in enumerate(self.tendencies.aspects)
        }

    @cached_property
    def _usual(self) -> NDArray[np.int64]:
        """The places of the values that suit people at large best, shape `(J,)`."""
        import numpy as np

        known = self.tendencies
        wanted = np.einsum("k,kjv,kj->jv", known.shares, known.values, known.matters)
        return np.asarray(np.einsum("jxv,jv->jx", known.grades, wanted).argmax(axis=1))

    def settled(self, hinges: float | Floats = 1.0) -> float:
        """P(the best reply gets no aspect wrong that matters).

        Args:
            hinges: The share of an aspect's importance that is at stake, one or for each aspect.
        """
        import numpy as np

        best = self.fits.argmax(axis=1)
        mattering = self.chances[..., 1]
        wrong = mattering.sum(axis=1) - mattering[np.arange(len(best)), best]
        return float(np.prod(1.0 - np.clip(wrong * hinges, 0.0, 1.0)))

    @cached_property
    def tables(self) -> Floats:
        """P(answer | value, matters), shape `(J, V, 2, V + 1)`."""
        import numpy as np

        width = self.likely.shape[1]
        known = self.tendencies
        return (
            np.stack([known.answering.table(len(a.values), width) for a in known.aspects])
            if known.aspects
            else np.zeros((0, width, 2, width + 1))
        )


def _steadied(likely: Floats) -> Floats:
    """Likelihoods scaled to a largest value of 1 for each aspect, and never quite impossible."""
    import numpy as np

    there = likely.max(axis=(1, 2), keepdims=True)
    scaled = likely / np.where(there > 0, there, 1.0)
    real = likely.max(axis=2, keepdims=True) > 0
    return np.asarray(np.where(real, np.maximum(scaled, 1e-6), 0.0))
