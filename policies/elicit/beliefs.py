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
        at_stake: The weight that all aspects together have for a reply; None takes what is
            expected of this user, so that fits lie in [0, 1].
    """

    tendencies: Tendencies
    likely: Floats
    stakes: Floats
    spoken: tuple[str, ...] = ()
    at_stake: float | None = None

    @classmethod
    def of(
        cls,
        tendencies: Tendencies,
        *,
        stakes: Mapping[str, float] | None = None,
        at_stake: float | None = None,
    ) -> Belief:
        """What is believed of somebody of whom nothing is known.

        Args:
            tendencies: What people at large want.
            stakes: How much aspects count where they matter, by key; 1 for the others.
            at_stake: See the attribute.
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
            at_stake=at_stake,
        )

    # What is learned

    def told(self, key: str, value: str) -> Belief:
        """Asked about an aspect, the user answered with this value.

        Raises:
            NotFoundError: There is no such aspect or value.
        """
        return self._heard(self.place(key), self._column(key, value))

    def believed(self, key: str, value: str, sure: float) -> Belief:
        """Something else says that the user wants this value, and how sure that is.

        The value's probability becomes as given, and others keep their proportions (Jeffrey's
        rule): a memory held with a confidence of 0.6 is believed with 0.6, however rare its value.

        Args:
            key: The aspect.
            value: One of its values.
            sure: The probability that it is wanted, in [0, 1]; kept off 0 and 1.

        Raises:
            NotFoundError: There is no such aspect or value.
        """
        place, column = self.place(key), self._column(key, value)
        now = float(self.chances[place, column].sum())
        wanted = min(max(sure, 0.01), 0.99)
        others = (1.0 - wanted) / max(1.0 - now, _LEAST)
        likelihoods = [others] * len(self.tendencies.aspects[place].values)
        likelihoods[column] = wanted / max(now, _LEAST)
        return self.leaning(key, likelihoods)

    def indifferent(self, key: str) -> Belief:
        """The user does not mind about an aspect.

        Raises:
            NotFoundError: There is no such aspect.
        """
        return self._heard(self.place(key), self.likely.shape[1])

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

    def _column(self, key: str, value: str) -> int:
        values = self.tendencies.aspects[self.place(key)].values
        if value not in values:
            raise NotFoundError(f"aspect {key!r} has no value {value!r}; it has {values!r}")
        return values.index(value)

    def _heard(self, place: int, column: int) -> Belief:
        likely = self.likely.copy()
        likely[place] *= self.tables[place, :, :, column]
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
        """What fits are divided by: the weight that all aspects together have."""
        expected = float((self.weights * self.mattering).sum())
        return max(expected if self.at_stake is None else self.at_stake, _LEAST)

    @cached_property
    def fits(self) -> Floats:
        """Expected fit of a reply that gives an aspect each value, shape `(J, V)`."""
        import numpy as np

        wanted = self.chances[..., 1] * self.weights[:, None]
        return np.asarray(np.einsum("jv,jxv->jx", wanted, self.tendencies.grades) / self.scale)

    @property
    def fit(self) -> float:
        """Expected fit of the best reply; in [0, 1] unless `at_stake` is given."""
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

        if not self.tendencies.aspects:
            return {}
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

        if not self.tendencies.aspects:
            return 1.0
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
